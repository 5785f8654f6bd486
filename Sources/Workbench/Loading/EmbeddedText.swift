/// The texts that are a part of the program, from the files in `Embedded`.
enum EmbeddedText {
  /// The Python module that plugins import, as a file named `basin_plugin.py`.
  static var pythonModule: String { text(PackageResources.basin_plugin_py) }

  /// What `plugin new` writes, with `__NAME__`, `__TYPE__` and `__FILE__` to be replaced.
  static var swiftMethod: String { text(PackageResources.method_swift_template) }
  static var pythonMethod: String { text(PackageResources.method_py_template) }
  static var session: String { text(PackageResources.session_basin_template) }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
