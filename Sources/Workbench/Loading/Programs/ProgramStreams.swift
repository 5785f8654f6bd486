import Foundation

/// Bytes on their way to becoming lines.
struct LineBuffer {
  private var bytes: [UInt8] = []
  /// Where the first line that nobody took begins.
  private var start = 0
  /// Up to where there is no line feed.
  private var searched = 0

  /// How many bytes wait for the end of their line.
  var pendingCount: Int { bytes.count - start }
  var isEmpty: Bool { pendingCount == 0 }

  mutating func append(_ piece: UnsafeRawBufferPointer) { bytes.append(contentsOf: piece) }

  /// The next whole line that is not blank, without its end.
  mutating func next() -> [UInt8]? {
    while let end = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
      let line = bytes[start..<end]
      start = end + 1
      searched = start
      // Moving what is left costs as much as what was taken, at most.
      defer {
        if start > bytes.count / 2 {
          bytes.removeFirst(start)
          (start, searched) = (0, 0)
        }
      }
      if line.contains(where: { $0 != 0x20 && $0 != 0x0D && $0 != 0x09 }) { return Array(line) }
    }
    searched = bytes.count
    return nil
  }
}

/// The end of what a program wrote to standard error.
struct LastWords {
  private var bytes: [UInt8] = []
  /// 8 KB hold twenty lines of ordinary length.
  private static let size = 8_192

  mutating func append(_ piece: UnsafeRawBufferPointer) {
    bytes.append(contentsOf: piece.suffix(Self.size))
    if bytes.count > 2 * Self.size { bytes.removeFirst(bytes.count - Self.size) }
  }

  /// The last lines, at most twenty, from the oldest on.
  var lines: [String] {
    String(decoding: bytes.suffix(Self.size), as: UTF8.self)
      .split(whereSeparator: \.isNewline)
      .map { String($0).withoutControls.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }.suffix(20)
  }

  /// At most two notes: of a Python traceback its last line and the place, else the last lines.
  var notes: [String] {
    guard let last = lines.last else { return [] }
    if let frame = lines.lastIndex(where: { $0.hasPrefix("File \"") && $0.contains("line ") }) {
      // `File "/home/me/my_matcher.py", line 12, in my_matcher`, and the text of that line.
      let text = frame + 1 < lines.count - 1 ? ": " + lines[frame + 1] : ""
      return [last, lines[frame].replacing("File ", with: "in ", maxReplacements: 1) + text]
    }
    // 400: as much as a person reads of a note.
    let joined = lines.joined(separator: " / ")
    return ["it wrote last: " + (joined.count > 400 ? "…" + joined.suffix(400) : joined)]
  }
}
