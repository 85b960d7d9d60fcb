/** The tool's name and version, as they stand in package.json (a test compares them). */
export const TOOL = Object.freeze({ name: 'glb-optimizer', version: '0.1.0' });
