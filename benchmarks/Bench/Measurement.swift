import Foundation
import Kernel

/// One timed run of one row by one tool: a line of JSON, ours and the peers' alike.
struct Measurement: Codable, Sendable {
  /// The row's name, such as `epoch_512`.
  var task: String
  /// The tool and how it goes about it, such as `basin` or `pytorch incremental`.
  var variant: String
  /// Seconds for one unit of the work.
  var seconds: Double
  /// The unit of the work, such as `network and epoch`.
  var unit: String
  /// What was computed, so that two tools' answers can be compared, and how it was counted.
  var detail: String

  /// The measurement as one line of JSON without the line's end.
  func line() throws(Failure) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    } catch {
      throw Failure(.writeFailed, "a measurement of \(task) cannot be written: \(error)")
    }
  }

  /// Every measurement in a file of such lines.
  static func read(_ path: String) throws(Failure) -> [Measurement] {
    let lines = try FileContent.read(path).split(separator: UInt8(ascii: "\n"))
    var result: [Measurement] = []
    for (index, line) in lines.enumerated() {
      do {
        result.append(try JSONDecoder().decode(Measurement.self, from: Data(line)))
      } catch {
        throw Failure(.fileMalformed, "line \(index + 1) of `\(path)` is no measurement")
      }
    }
    return result
  }
}
