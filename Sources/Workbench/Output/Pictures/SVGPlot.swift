/// Draws a picture as SVG 1.1: one file with nothing outside it, made to be read on white paper.
///
/// Series differ by colour, by dashes and by marks, so that they stay apart in grey and for
/// colour-blind readers.
struct SVGPlot: Sendable {
  /// Size in user units, which browsers show as pixels.
  var width = 720.0
  var height = 440.0

  /// Eight colours that colour-blind readers tell apart, the yellow left out as too pale on white
  /// (Okabe and Ito, Color Universal Design, 2008).
  static let palette = [
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000",
  ]
  static let dashes = ["", "7 4", "2 3", "9 3 2 3", "14 4", "5 2 1 2 1 2"]

  static let fontSize = 13.0
  private static let titleSize = 16.0
  /// The width of a character in parts of the font size, rounded up from common sans-serif fonts.
  private static let characterWidth = 0.58
  /// Marks stand on the points of a series with at most this many.
  private static let mostMarks = 60

  /// The document, every line ending in a line feed.
  func rendered(_ picture: Picture) -> String {
    if let heat = picture.heat { return rendered(picture, heat: heat) }
    let frame = frame(of: picture)
    let words = placedWords(of: picture, frame)
    if !words.isCrowded { return document(picture, frame, words.parts, key: []) }
    // The key makes the picture higher, so that points have the room that they had.
    // 7: the width of a mark. Points as close as that look like one.
    let (numbered, names) = picture.numbered {
      max(abs(frame.x($0.x) - frame.x($1.x)), abs(frame.y($0.y) - frame.y($1.y))) < 7
    }
    let key = keyLines(names, width: frame.right - frame.left)
    var higher = self
    higher.height += Double(key.count) * Self.legendLeading + 6
    return higher.document(picture, frame, placedWords(of: numbered, frame).parts, key: key)
  }

  private func frame(of picture: Picture) -> Frame {
    let y = picture.yScale(tickCount: 7)
    let labelWidth = y.ticks.map { Self.textWidth($0.label) }.max() ?? 0
    let left = 34 + labelWidth + 8
    let right = width - 30
    let x = picture.xScale(tickCount: max(2, Int((right - left) / 90)))
    let legend = legendLines(picture, width: right - left)
    let top =
      (picture.title.isEmpty ? 16 : 42) + Double(legend.count) * Self.legendLeading
      + (legend.isEmpty ? 0 : 6)
    let bottom = height - 52 - (picture.notes.isEmpty ? 0 : 18)
    return Frame(x: x, y: y, left: left, right: right, top: top, bottom: bottom)
  }

  private func document(
    _ picture: Picture, _ frame: Frame, _ words: [String], key: [[(text: String, x: Double)]]
  ) -> String {
    var parts = head(picture)
    parts += axes(picture, frame)
    let rules = picture.rules.filter { picture.canShow(Picture.Point(frame.x.lower, $0.y)) }
    parts += rules.map { ruleLine($0, frame) }
    for (index, series) in picture.series.enumerated() {
      parts += draw(series, number: index, of: picture, frame)
    }
    // Words come last, so that their white edge lies over the lines.
    parts += rules.map { ruleLabel($0, frame) }
    parts += words
    let legend = legendLines(picture, width: frame.right - frame.left)
    parts += legendParts(legend, left: frame.left, top: picture.title.isEmpty ? 16 : 42)
    for (row, line) in key.enumerated() {
      let y = frame.bottom + 64 + Double(row) * Self.legendLeading
      parts += line.map { text($0.text, x: frame.left + $0.x, y: y, size: Self.fontSize - 1) }
    }
    if !picture.notes.isEmpty {
      let note = picture.notes.joined(separator: " · ")
      parts.append(text(note, x: frame.left, y: height - 10, size: 11, colour: "#555555"))
    }
    return (parts + ["</svg>"]).map { $0 + "\n" }.joined()
  }

  /// What the numbers at points stand for, on as many lines as that needs.
  private func keyLines(_ names: [String], width: Double) -> [[(text: String, x: Double)]] {
    var lines: [[(text: String, x: Double)]] = [[]]
    var x = 0.0
    for name in names {
      let needed = Self.textWidth(name)
      if x > 0, x + needed > width {
        lines.append([])
        x = 0
      }
      lines[lines.count - 1].append((name, x))
      x += needed + 22
    }
    return lines
  }

  /// The plotting area and its scales.
  struct Frame {
    let x: AxisScale
    let y: AxisScale
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double

    func x(_ value: Double) -> Double { left + x.fraction(value) * (right - left) }
    func y(_ value: Double) -> Double { bottom - y.fraction(value) * (bottom - top) }
  }

  // MARK: - Around the plotting area

  func head(_ picture: Picture) -> [String] {
    let size = "width=\"\(number(width))\" height=\"\(number(height))\""
    let box = "viewBox=\"0 0 \(number(width)) \(number(height))\""
    var parts = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
      "<svg xmlns=\"http://www.w3.org/2000/svg\" \(size) \(box) role=\"img\""
        + " font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\">",
      "<title>\(Self.escaped(picture.title))</title>",
      "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>",
    ]
    if !picture.title.isEmpty {
      parts.append(
        text(
          picture.title, x: width / 2, y: 26, size: Self.titleSize, anchor: "middle",
          weight: "bold"))
    }
    return parts
  }

  private func axes(_ picture: Picture, _ frame: Frame) -> [String] {
    var parts: [String] = []
    for tick in frame.y.ticks {
      let y = frame.y(tick.value)
      parts.append(line(frame.left, y, frame.right, y, colour: "#e4e4e4"))
      parts.append(
        text(tick.label, x: frame.left - 8, y: y + 4.5, size: Self.fontSize, anchor: "end"))
    }
    for tick in frame.x.ticks {
      let x = frame.x(tick.value)
      parts.append(line(x, frame.top, x, frame.bottom, colour: "#f0f0f0"))
      parts.append(line(x, frame.bottom, x, frame.bottom + 5, colour: "#333333"))
      parts.append(
        text(tick.label, x: x, y: frame.bottom + 19, size: Self.fontSize, anchor: "middle"))
    }
    parts.append(line(frame.left, frame.top, frame.left, frame.bottom, colour: "#333333"))
    parts.append(line(frame.left, frame.bottom, frame.right, frame.bottom, colour: "#333333"))
    let middle = (frame.left + frame.right) / 2
    parts.append(
      text(
        picture.x.heading, x: middle, y: frame.bottom + 40, size: Self.fontSize + 1,
        anchor: "middle"))
    let centre = (frame.top + frame.bottom) / 2
    parts.append(
      "<g transform=\"translate(18 \(number(centre))) rotate(-90)\">"
        + text(picture.y.heading, x: 0, y: 4, size: Self.fontSize + 1, anchor: "middle") + "</g>")
    return parts
  }

  // MARK: - The legend

  private static let legendLeading = 20.0
  private static let legendSample = 34.0

  private struct LegendEntry {
    var number: Int
    var name: String
    var style: Picture.Series.Style
    var x: Double
  }

  /// The names of several series, on as many lines as they need.
  private func legendLines(_ picture: Picture, width: Double) -> [[LegendEntry]] {
    guard picture.series.count > 1 else { return [] }
    var lines: [[LegendEntry]] = [[]]
    var x = 0.0
    for (index, series) in picture.series.enumerated() {
      let needed = Self.legendSample + 6 + Self.textWidth(series.name)
      if x > 0, x + needed > width {
        lines.append([])
        x = 0
      }
      lines[lines.count - 1].append(
        LegendEntry(number: index, name: series.name, style: series.style, x: x))
      x += needed + 22
    }
    return lines
  }

  private func legendParts(_ lines: [[LegendEntry]], left: Double, top: Double) -> [String] {
    lines.enumerated().flatMap { row, entries in
      entries.flatMap { entry in
        let y = top + Double(row) * Self.legendLeading + 6
        let x = left + entry.x
        var parts: [String] = []
        if entry.style != .points {
          parts.append(
            "<path d=\"M\(number(x)) \(number(y))H\(number(x + Self.legendSample))\""
              + stroke(entry.number) + "/>")
        }
        if entry.style != .steps {
          parts.append(mark(entry.number, x: x + Self.legendSample / 2, y: y))
        }
        parts.append(
          text(entry.name, x: x + Self.legendSample + 6, y: y + 4.5, size: Self.fontSize))
        return parts
      }
    }
  }

  // MARK: - In the plotting area

  private func ruleLine(_ rule: Picture.Rule, _ frame: Frame) -> String {
    let y = frame.y(rule.y)
    return "<path d=\"M\(number(frame.left)) \(number(y))H\(number(frame.right))\" fill=\"none\""
      + " stroke=\"#777777\" stroke-width=\"1.2\" stroke-dasharray=\"3 4\"/>"
  }

  private func ruleLabel(_ rule: Picture.Rule, _ frame: Frame) -> String {
    text(
      rule.label, x: frame.right - 4, y: frame.y(rule.y) - 5, size: Self.fontSize - 1,
      anchor: "end", colour: "#555555", hasHalo: true)
  }

  private func draw(
    _ series: Picture.Series, number index: Int, of picture: Picture, _ frame: Frame
  ) -> [String] {
    let shown = series.points.filter(picture.canShow)
    var parts: [String] = []
    if series.style != .points {
      for run in picture.runs(of: series) where run.count > 1 {
        let places = run.map { "\(number(frame.x($0.x))) \(number(frame.y($0.y)))" }
        let path = "M" + places.joined(separator: "L")
        parts.append("<path d=\"\(path)\"\(stroke(index)) stroke-linejoin=\"round\"/>")
      }
    }
    let lonePoints = picture.runs(of: series).filter { $0.count == 1 }.flatMap { $0 }
    let isMarked =
      series.style == .points || series.style == .frontier
      || (series.style == .line && shown.count <= Self.mostMarks)
    for point in isMarked ? shown : lonePoints {
      parts.append(mark(index, x: frame.x(point.x), y: frame.y(point.y)))
    }
    return parts
  }

  /// The mark of a series: circle, triangle, square, diamond, and the same hollow.
  private func mark(_ index: Int, x: Double, y: Double) -> String {
    let colour = Self.palette[index % Self.palette.count]
    let isHollow = index / 4 % 2 == 1
    let paint =
      "fill=\"\(isHollow ? "#ffffff" : colour)\" stroke=\"\(colour)\" stroke-width=\"1.3\""
    switch index % 4 {
    case 0: return "<circle cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"3.2\" \(paint)/>"
    case 1:
      let corners = [(x, y - 4), (x + 3.8, y + 2.8), (x - 3.8, y + 2.8)]
      return polygon(corners, paint)
    case 2:
      let size = "width=\"6\" height=\"6\""
      return "<rect x=\"\(number(x - 3))\" y=\"\(number(y - 3))\" \(size) \(paint)/>"
    default:
      return polygon([(x, y - 4.2), (x + 4.2, y), (x, y + 4.2), (x - 4.2, y)], paint)
    }
  }

  private func polygon(_ corners: [(Double, Double)], _ paint: String) -> String {
    let points = corners.map { "\(number($0.0)),\(number($0.1))" }.joined(separator: " ")
    return "<polygon points=\"\(points)\" \(paint)/>"
  }

  private func stroke(_ index: Int) -> String {
    let colour = Self.palette[index % Self.palette.count]
    let dash = Self.dashes[index % Self.dashes.count]
    let pattern = dash.isEmpty ? "" : " stroke-dasharray=\"\(dash)\""
    return " fill=\"none\" stroke=\"\(colour)\" stroke-width=\"2\"\(pattern)"
  }

  private func line(
    _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, colour: String
  ) -> String {
    "<line x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\""
      + " stroke=\"\(colour)\"/>"
  }

  // MARK: - Text

  func text(
    _ content: String, x: Double, y: Double, size: Double, anchor: String = "start",
    weight: String? = nil, colour: String = "#222222", hasHalo: Bool = false
  ) -> String {
    let bold = weight.map { " font-weight=\"\($0)\"" } ?? ""
    let place = anchor == "start" ? "" : " text-anchor=\"\(anchor)\""
    let head = "<text x=\"\(number(x))\" y=\"\(number(y))\" font-size=\"\(number(size))\""
    let tail = "\(bold)\(place)>\(Self.escaped(content))</text>"
    // White behind the letters keeps them readable on lines; not every renderer knows paint-order.
    let halo =
      hasHalo ? head + " fill=\"#ffffff\" stroke=\"#ffffff\" stroke-width=\"4\"" + tail : ""
    return halo + head + " fill=\"\(colour)\"" + tail
  }

  static func textWidth(_ text: String) -> Double {
    Double(displayWidth(of: text)) * fontSize * characterWidth
  }

  /// At most two decimals: a hundredth of a pixel.
  func number(_ value: Double) -> String {
    NumberText.exact((value * 100).rounded() / 100)
  }

  /// Text as XML holds it; characters that XML 1.0 forbids become U+FFFD.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\t", "\n", "\r": escaped += " "
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
