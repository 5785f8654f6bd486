import Foundation
import Kernel

/// A folder that takes the files that a replay writes, so that those it is to be compared with stay
/// as they are; gone when the replay is.
final class FilesApart {
  private let folder: String
  private var places: [String: String] = [:]

  init() {
    let name = "basin-replay-" + UUID().uuidString
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The paths that were written.
  var paths: [String] { Array(places.keys) }

  /// Where a file is written instead.
  func place(toWrite path: String) -> String {
    let standard = path.standardPath
    if let place = places[standard] { return place }
    // Each in a folder of its own, since values may be named after their files.
    let place = "\(folder)/\(places.count + 1)/\((standard as NSString).lastPathComponent)"
    places[standard] = place
    return place
  }

  /// Where a file is read: its own place, unless it was written in this replay.
  func place(toRead path: String) -> String {
    if let place = places[path.standardPath] { return place }
    // `file.h5:/group` names a place inside the file.
    guard let mark = path.range(of: ":/", options: .backwards),
      let place = places[String(path[..<mark.lowerBound]).standardPath]
    else { return path }
    return place + path[mark.lowerBound...]
  }
}
