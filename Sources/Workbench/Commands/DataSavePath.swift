import Foundation
import Kernel

/// Where a file is to be written.
enum SavePath {
  /// Makes the folders above a file that do not exist yet.
  static func makeFolder(for path: String) throws(Failure) {
    let folder = (path as NSString).deletingLastPathComponent
    guard !folder.isEmpty, !FileContent.isFolder(folder) else { return }
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw Failure(
        .writeFailed, "`\(path)` could not be written: there is no folder `\(folder)`",
        notes: ["it could not be made: \((error as NSError).localizedDescription)"])
    }
  }

  /// The ending of a file's name in lower case, without the point.
  static func ending(of path: String) -> String { (path as NSString).pathExtension.lowercased() }
}
