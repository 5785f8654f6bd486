/// Comma-separated values as RFC 4180 quotes them, with plain line feeds at the line ends.
enum CSVText {
  /// One record without its line end.
  static func record(_ fields: [String]) -> String {
    // A lone empty field must be quoted: an empty line is no record for many readers.
    if fields == [""] { return "\"\"" }
    return fields.map(field).joined(separator: ",")
  }

  /// The fields of one record that `record` wrote.
  static func fields(of record: String) -> [String] {
    var fields: [String] = []
    var field = ""
    var isQuoted = false
    var rest = Substring(record)
    while let first = rest.popFirst() {
      switch first {
      case "\"" where isQuoted && rest.first == "\"":
        rest.removeFirst()
        field.append("\"")
      case "\"": isQuoted.toggle()
      case "," where !isQuoted:
        fields.append(field)
        field = ""
      default: field.append(first)
      }
    }
    return fields + [field]
  }

  /// One field, in quotes where it holds a comma, a quote, a line end or blanks at its ends.
  static func field(_ text: String) -> String {
    let needsQuotes =
      text.unicodeScalars.contains { $0 == "," || $0 == "\"" || $0 == "\n" || $0 == "\r" }
      || text.hasPrefix(" ") || text.hasSuffix(" ")
    guard needsQuotes else { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" { quoted += "\"" }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}
