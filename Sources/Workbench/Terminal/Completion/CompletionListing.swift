/// The list that a second Tab shows: names with kind or default and one line of help each.
struct CompletionListing: Sendable {
  var columns = 80
  var rows = 24
  var glyphs = Glyphs.unicode
  var style = Style.plain

  private static let (widestName, widestDetail) = (24, 30)

  /// The list, every line ending in a line feed; at most a screen full.
  func rendered(_ completions: [Completion]) -> String {
    let isDescribed = completions.contains { !$0.help.isEmpty || !$0.detail.isEmpty }
    let limit = max(rows - 3, 4)
    // Files and names in great number read better in columns than one to a line.
    guard isDescribed, completions.count <= limit * 2, completions.contains(where: { !isFile($0) })
    else { return inColumns(completions, limit: limit) }
    let shown = completions.prefix(completions.count > limit ? limit - 1 : limit)
    let longestName = shown.map { displayWidth(of: $0.text) }.max() ?? 0
    let nameWidth = min(longestName, Self.widestName, columns / 2)
    let longestDetail = shown.map { displayWidth(of: $0.detail) }.max() ?? 0
    // Two blanks before each field, and the last column of the screen free.
    let detailWidth = min(longestDetail, Self.widestDetail, columns - nameWidth - 5)
    var text = ""
    for completion in shown {
      text += line(completion, nameWidth: nameWidth, detailWidth: detailWidth) + "\n"
    }
    return text + rest(completions.count - shown.count)
  }

  private func isFile(_ completion: Completion) -> Bool {
    completion.detail == "file" || completion.detail == "folder"
  }

  private func line(_ completion: Completion, nameWidth: Int, detailWidth: Int) -> String {
    func field(_ text: String, _ width: Int) -> String {
      let plain = glyphs.shown(TextLayout.harmless(text))
      return TextLayout.leftAligned(
        TextLayout.truncated(plain, width: width, glyphs: glyphs), width: width)
    }
    var line = "  " + field(completion.text, nameWidth)
    if detailWidth > 0 { line += "  " + field(completion.detail, detailWidth) }
    let room = columns - 1 - displayWidth(of: line) - 2
    if room >= 8, !completion.help.isEmpty {
      let help = glyphs.shown(TextLayout.harmless(completion.help))
      line += "  " + style.paint(TextLayout.truncated(help, width: room, glyphs: glyphs), .muted)
    }
    return TextLayout.withoutTrailingBlanks(line)
  }

  private func inColumns(_ completions: [Completion], limit: Int) -> String {
    let room = columns - 1
    // The last part of a path is enough: the rest stands in the line.
    let names = completions.prefix(limit * room).map { completion in
      let name = isFile(completion) ? Self.lastPart(completion.text) : completion.text
      return TextLayout.truncated(
        glyphs.shown(TextLayout.harmless(name)), width: room - 2, glyphs: glyphs)
    }
    let width = (names.map { displayWidth(of: $0) }.max() ?? 1) + 2
    let perLine = max(1, room / width)
    let lineCount = (names.count + perLine - 1) / perLine
    let shownLines = lineCount > limit ? limit - 1 : lineCount
    // Down the columns, as `ls` does, when all are shown; else across, so that the first come.
    let isDown = shownLines == lineCount
    var text = ""
    for row in 0..<shownLines {
      var line = ""
      for column in 0..<perLine {
        let index = isDown ? column * lineCount + row : row * perLine + column
        if index < names.count {
          line += "  " + TextLayout.leftAligned(names[index], width: width - 2)
        }
      }
      text += TextLayout.withoutTrailingBlanks(line) + "\n"
    }
    return text
      + rest(completions.count - min(names.count, isDown ? names.count : shownLines * perLine))
  }

  private static func lastPart(_ path: String) -> String {
    let isFolder = path.hasSuffix("/")
    let name = path.split(separator: "/").last.map(String.init) ?? path
    return isFolder ? name + "/" : name
  }

  private func rest(_ count: Int) -> String {
    count > 0 ? glyphs.shown("  … and \(NumberText.grouped(count)) more\n") : ""
  }
}
