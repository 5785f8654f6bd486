extension FileContent {
  /// Whether a file begins as one of the formats that are read here do: HDF5, npz, npy, safetensors,
  /// PyTorch's, files of images and permutations as JSON.
  ///
  /// What is damaged or cut short further on is of its format all the same.
  public static func isKnown(_ path: String) throws(Failure) -> Bool {
    if try ImageFormat(recognizing: path) != nil { return true }
    // 4 KiB: enough for each format, and for the kind that stands first in JSON of our own.
    let bytes = try beginning(of: path, count: 4096)
    if ArrayFile.Format(beginning: bytes) != nil { return true }
    let first = bytes.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return first == UInt8(ascii: "{")
      && String(decoding: bytes, as: UTF8.self).contains("\"\(FileKind.kindName)\"")
  }
}
