/** What becomes of a table or log that another takes the place of: UpdateReplacePolicy knows no RetainExceptOnCreate. */

/** Source: CloudFormation, "UpdateReplacePolicy attribute", options. */
export const whenReplaced = (deletion) => (deletion === 'Delete' ? 'Delete' : 'Retain');

/** Of the level rows, and of their record. */
export const policy = async ({ resolveVariable }) =>
  whenReplaced(await resolveVariable('param:tableDeletionPolicy'));
