import { chromiumRenderer } from '../../app/renderer/chromium.ts';
import { noRenderer } from '../../app/renderer/none.ts';
import { browserForTests } from '../renderer-fixtures.ts';
import { rendererContract } from './renderer.contract.ts';

rendererContract('none', () => noRenderer('--no-render was given'), false);
rendererContract(
  'Chromium on SwiftShader',
  () => chromiumRenderer({ browserPath: browserForTests(), gl: 'swiftshader', env: process.env }),
  true,
);
