/** What becomes of a table that another takes the place of: UpdateReplacePolicy knows no RetainExceptOnCreate. */

/** Source: CloudFormation, "UpdateReplacePolicy attribute", options. */
export const whenReplaced = (deletion) => (deletion === 'Delete' ? 'Delete' : 'Retain');

/** For the table of the level rows. */
export const policy = async ({ resolveVariable }) =>
  whenReplaced(await resolveVariable('param:tableDeletionPolicy'));
