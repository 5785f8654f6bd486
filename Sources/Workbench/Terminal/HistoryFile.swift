import Foundation
import Kernel

/// The statements a person typed, kept from session to session.
///
/// One record is one line of the file, the line feeds of a block written `\n`. Records are added
/// one at a time and whole, so that programs running side by side do not spoil each other's.
struct HistoryFile: Hashable, Sendable {
  let path: String

  /// More records than this are not read, and the file is shortened when it has twice as many.
  static let mostRecords = 10_000

  init(path: String) { self.path = path }

  /// The file of this person: `$XDG_STATE_HOME/basin/history`, by default under `~/.local/state`.
  init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
      path = state + "/basin/history"
    } else if let home = environment["HOME"], !home.isEmpty {
      path = home + "/.local/state/basin/history"
    } else {
      return nil
    }
  }

  /// The latest records, oldest first; none where there is no file yet.
  func load() throws(Failure) -> [String] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let data: Data
    do {
      data = try Data(contentsOf: URL(fileURLWithPath: path))
    } catch {
      throw Failure(.fileNotFound, "the history file \(path) cannot be read")
    }
    let lines = String(decoding: data, as: UTF8.self)
      .split(separator: "\n", omittingEmptySubsequences: true)
    if lines.count > 2 * Self.mostRecords { try shorten(to: lines.suffix(Self.mostRecords)) }
    return lines.suffix(Self.mostRecords).map { Self.unescaped($0) }
  }

  /// Adds one record.
  func append(_ statement: String) throws(Failure) {
    try makeFolder()
    // Others may not read what somebody typed.
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw writeFailure }
    defer { close(descriptor) }
    let record = Array((Self.escaped(statement) + "\n").utf8)
    // One call for one record: O_APPEND makes it whole.
    guard write(descriptor, record, record.count) == record.count else { throw writeFailure }
  }

  private func makeFolder() throws(Failure) {
    let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw Failure(.writeFailed, "the folder \(folder) for the history cannot be made")
    }
  }

  private func shorten(to lines: ArraySlice<Substring>) throws(Failure) {
    let temporary = path + ".new"
    let text = lines.map { $0 + "\n" }.joined()
    do {
      try Data(text.utf8).write(to: URL(fileURLWithPath: temporary))
    } catch {
      throw writeFailure
    }
    guard chmod(temporary, 0o600) == 0, rename(temporary, path) == 0 else { throw writeFailure }
  }

  private var writeFailure: Failure {
    Failure(
      .writeFailed,
      "the history file \(path) cannot be written: \(String(cString: strerror(errno)))"
    )
  }

  // MARK: - Records

  static func escaped(_ statement: String) -> String {
    statement.replacingOccurrences(of: "\\", with: "\\\\")
      .replacingOccurrences(of: "\n", with: "\\n")
  }

  static func unescaped(_ line: Substring) -> String {
    var statement = ""
    var isEscaped = false
    for character in line {
      if isEscaped {
        statement.append(character == "n" ? "\n" : character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        statement.append(character)
      }
    }
    return statement
  }
}
