import Foundation
import Kernel
import Synchronization

/// A folder that takes the files that a replay writes, so that those it is to be compared with stay
/// as they are, or those of an estimate, which wants none; gone when the replay is.
final class FilesApart: Sendable {
  private let folder: String
  private let places = Mutex<[String: String]>([:])

  init() {
    let name = "basin-replay-" + UUID().uuidString
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// The paths that were written.
  var paths: [String] { places.withLock { Array($0.keys) } }

  /// Where a file is written instead.
  func place(toWrite path: String) -> String {
    let standard = path.standardPath
    return places.withLock { places in
      if let place = places[standard] { return place }
      // Each in a folder of its own, since values may be named after their files.
      let place = "\(folder)/\(places.count + 1)/\((standard as NSString).lastPathComponent)"
      places[standard] = place
      return place
    }
  }

  /// Where a file is read: its own place, unless it was written in this replay.
  func place(toRead path: String) -> String {
    if let place = known(path) { return place }
    // `file.h5:/group` names a place inside the file.
    guard let mark = path.range(of: ":/", options: .backwards),
      let place = known(String(path[..<mark.lowerBound]))
    else { return path }
    return place + path[mark.lowerBound...]
  }

  private func known(_ path: String) -> String? {
    let standard = path.standardPath
    return places.withLock { $0[standard] }
  }
}
