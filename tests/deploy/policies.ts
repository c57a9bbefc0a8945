/** Roles and their policies, as far as the tests read them. */

export interface Statement {
  readonly Effect: string;
  readonly Action?: string | readonly string[];
  readonly Resource?: unknown;
  readonly Principal?: { readonly Service?: string };
  readonly Condition?: object;
}

export interface Document {
  readonly Statement: readonly Statement[];
}

export interface Role {
  readonly AssumeRolePolicyDocument: Document;
  readonly Policies?: readonly { readonly PolicyDocument: Document }[];
  readonly ManagedPolicyArns?: readonly unknown[];
}
