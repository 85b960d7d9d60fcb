/** The part of gltf-validator 2.0.0-dev.3.10 that we call; the package ships no types. */
declare module 'gltf-validator' {
  export interface ValidatorMessage {
    readonly code: string;
    readonly message: string;
    /** 0 error, 1 warning, 2 information, 3 hint. */
    readonly severity: 0 | 1 | 2 | 3;
    readonly pointer?: string;
  }
  export interface ValidatorReport {
    readonly issues: {
      readonly numErrors: number;
      readonly numWarnings: number;
      readonly truncated: boolean;
      readonly messages: readonly ValidatorMessage[];
    };
  }
  export interface ValidatorOptions {
    readonly maxIssues?: number;
    readonly ignoredIssues?: readonly string[];
    readonly externalResourceFunction?: (uri: string) => Promise<Uint8Array>;
  }
  export function validateBytes(data: Uint8Array, options?: ValidatorOptions): Promise<ValidatorReport>;
  const validator: { validateBytes: typeof validateBytes };
  export default validator;
}
