/// The texts that are a part of the program, from the files in `Embedded`.
enum EmbeddedText {
  /// The Python module that plugins import, as a file named `basin_plugin.py`.
  static var pythonModule: String {
    String(decoding: PackageResources.basin_plugin_py, as: UTF8.self)
  }
}
