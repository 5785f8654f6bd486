import Foundation

/// The terminal that the program runs in, if any.
enum TerminalScreen {
  /// Whether the descriptor is a terminal.
  static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Columns and rows of the terminal behind a descriptor; without one `COLUMNS` and `LINES`, or
  /// 80 × 24.
  static func size(
    _ descriptor: Int32 = 1,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> (columns: Int, rows: Int) {
    var size = winsize()
    if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 {
      return (Int(size.ws_col), Int(size.ws_row))
    }
    let columns = environment["COLUMNS"].flatMap { Int($0) }
    let rows = environment["LINES"].flatMap { Int($0) }
    return (max(columns ?? 80, 20), max(rows ?? 24, 5))
  }

  /// Whether the terminal breaks the lines that it shows anew when its width changes, as most do;
  /// xterm and GNU screen cut them.
  static func breaksLinesAnew(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Bool {
    environment["XTERM_VERSION"] == nil && environment["STY"] == nil
  }

  /// Whether the terminal can neither move its cursor nor erase.
  static func isDumb(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> Bool {
    let name = environment["TERM"] ?? ""
    return name.isEmpty || name == "dumb"
  }
}
