/** The part of draco3dgltf 1.5.7 that we call; the package ships no types. [google/draco javascript/emscripten/*.idl] */
declare module 'draco3dgltf' {
  /** Anything that lives in the module's memory and must be destroyed. */
  export interface DracoObject {
    readonly ptr: number;
  }
  export interface DracoInt8Array extends DracoObject {
    GetValue(index: number): number;
  }
  export interface MeshBuilder extends DracoObject {
    AddFacesToMesh(mesh: DracoObject, faceCount: number, faces: Uint32Array): boolean;
    AddInt8Attribute: AddAttribute<Int8Array>;
    AddUInt8Attribute: AddAttribute<Uint8Array>;
    AddInt16Attribute: AddAttribute<Int16Array>;
    AddUInt16Attribute: AddAttribute<Uint16Array>;
    AddUInt32Attribute: AddAttribute<Uint32Array>;
    AddFloatAttribute: AddAttribute<Float32Array>;
  }
  type AddAttribute<T> = (mesh: DracoObject, kind: number, count: number, itemSize: number, values: T) => number;
  export interface ExpertEncoder extends DracoObject {
    SetAttributeQuantization(attribute: number, bits: number): void;
    SetAttributeExplicitQuantization(
      attribute: number,
      bits: number,
      itemSize: number,
      origin: readonly number[],
      range: number,
    ): void;
    SetSpeedOptions(encodingSpeed: number, decodingSpeed: number): void;
    SetTrackEncodedProperties(track: boolean): void;
    SetEncodingMethod(method: number): void;
    EncodeToDracoBuffer(deduplicate: boolean, target: DracoInt8Array): number;
    GetNumberOfEncodedPoints(): number;
    GetNumberOfEncodedFaces(): number;
  }
  export interface EncoderModule {
    readonly Mesh: new () => DracoObject;
    readonly MeshBuilder: new () => MeshBuilder;
    readonly ExpertEncoder: new (mesh: DracoObject) => ExpertEncoder;
    readonly DracoInt8Array: new () => DracoInt8Array;
    readonly POSITION: number;
    readonly NORMAL: number;
    readonly COLOR: number;
    readonly TEX_COORD: number;
    readonly GENERIC: number;
    readonly MESH_SEQUENTIAL_ENCODING: number;
    readonly MESH_EDGEBREAKER_ENCODING: number;
    destroy(object: DracoObject): void;
  }
  export interface Decoder extends DracoObject {
    DecodeArrayToMesh(data: Int8Array, byteLength: number, mesh: DracoMesh): { ok(): boolean; error_msg(): string };
    GetAttributeByUniqueId(mesh: DracoMesh, id: number): DracoObject;
    GetAttributeDataArrayForAllPoints(
      mesh: DracoMesh,
      attribute: DracoObject,
      type: number,
      byteLength: number,
      target: number,
    ): boolean;
    GetTrianglesUInt32Array(mesh: DracoMesh, byteLength: number, target: number): boolean;
  }
  export interface DracoMesh extends DracoObject {
    num_faces(): number;
    num_points(): number;
  }
  export interface DecoderModule {
    readonly Decoder: new () => Decoder;
    readonly Mesh: new () => DracoMesh;
    readonly DT_INT8: number;
    readonly DT_UINT8: number;
    readonly DT_INT16: number;
    readonly DT_UINT16: number;
    readonly DT_UINT32: number;
    readonly DT_FLOAT32: number;
    readonly HEAPU8: Uint8Array;
    _malloc(byteLength: number): number;
    _free(pointer: number): void;
    destroy(object: DracoObject): void;
  }
  const draco3d: {
    createDecoderModule(): Promise<DecoderModule>;
    createEncoderModule(): Promise<EncoderModule>;
  };
  export default draco3d;
}
