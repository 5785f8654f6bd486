import Contract
import Kernel

extension Command {
  /// Writes tables, curves, traces, pictures and other values for other programs.
  static let export = Command(
    "export", .tables, "write a table, curve, trace or picture for other programs",
    details: """
      The ending says how: .csv and .json with all digits, .md for documents, .svg and .png for \
      pictures, .txt as a terminal shows it. Curves, barriers and results are drawn as `plot` \
      would where a picture is asked for, and written as their points otherwise. Every value can \
      be written as .json, with how it came to be. Folders that are missing are made.
      """,
    positional: [
      Parameter("value", .any, help: "what to write"),
      Parameter("file", .path, help: "where to; the ending says in which format"),
    ],
    keywords: [.metric], results: .nothing, writes: ["file"],
    precheck: { call throws(Failure) in
      if let path = call.texts["file"] { _ = try ExportFormat(path: path) }
    },
    examples: [
      "curve a b data=test |> export curve.svg", "export (compare p data=test) table.csv",
      "plot p |> export trace.svg", "export (eval a data=test) score.json",
    ],
    examplePreparation: Examples.result, seeAlso: ["plot", "save", "compare"]
  ) { call throws(Failure) in
    guard let value = call.value("value") else {
      preconditionFailure("`export` ran without its argument")
    }
    let path = call.text("file")
    let metric = CurveMetric(call.text("metric"))
    let bytes = try ExportFormat(path: path).bytes(of: value, metric: metric)
    try SavePath.makeFolder(for: path)
    try SafeWrite.bytes(bytes, to: path)
    call.session.host.show(.text("wrote \(path)"))
    return []
  }
}

/// The formats of `export`, by a file's ending.
enum ExportFormat: String, CaseIterable {
  case csv, json, md, svg, png, txt

  init(path: String) throws(Failure) {
    let ending = SavePath.ending(of: path)
    guard let format = Self(rawValue: ending) else {
      let endings = Self.allCases.map { ".\($0.rawValue)" }.joined(separator: ", ")
      let isForSaving = ArrayFile.Format(ending: path) != nil
      throw Failure(
        .unsupportedFormat, "the ending of `\(path)` tells no format of `export`",
        notes: [
          "name it \(endings)",
          isForSaving ? "`save` writes data, networks and permutations" : "",
        ].filter { !$0.isEmpty })
    }
    self = format
  }

  /// The file's content.
  func bytes(of value: Value, metric: CurveMetric) throws(Failure) -> [UInt8] {
    switch self {
    case .json: return Array(value.json.pretty.utf8)
    case .svg: return Array(SVGPlot().rendered(try Self.picture(of: value, metric)).utf8)
    case .png:
      return Array(try PNGImage.data(svg: SVGPlot().rendered(try Self.picture(of: value, metric))))
    case .csv:
      if case .picture(let picture) = value.content { return Array(picture.csv.utf8) }
      return Array(try table(of: value).rendered(as: .csv).utf8)
    case .md: return Array(try table(of: value).rendered(as: .md).utf8)
    case .txt:
      if case .picture(let picture) = value.content {
        return Array(CharacterPlot().rendered(picture).utf8)
      }
      return Array(try table(of: value).rendered(as: .plain).utf8)
    }
  }

  private static func picture(of value: Value, _ metric: CurveMetric) throws(Failure) -> Picture {
    switch value.content {
    case .picture(let picture): return picture
    case .curve, .barrier, .result, .list:
      return try PlotRequest(metric: metric).picture(of: [value])
    case .table:
      throw Failure(
        .unsupportedFormat, "a table is no picture",
        notes: ["`plot TABLE x=COLUMN y=COLUMN |> export FILE` draws it"])
    default:
      throw Failure(.unsupportedFormat, "\(value.content.kind.article) cannot be drawn")
    }
  }

  /// The value as rows and columns.
  private func table(of value: Value) throws(Failure) -> Table {
    switch value.content {
    case .result(let result): return result.trace
    case .picture(let picture): return picture.table
    case .list(let values):
      if let table = Self.table(of: values) { return table }
    case .network, .networks, .data: break
    case .permutations where self == .csv:
      if let table = value.content.csvTable { return table }
    default:
      if let table = value.content.fullTable { return table }
      if let (cell, kind) = Table.cell(for: value.content) {
        return Table(columns: [.init("value", kind)], rows: [[cell]])
      }
    }
    throw Failure(
      .unsupportedFormat,
      "\(value.content.kind.article) is no table, and .\(rawValue) files hold tables",
      notes: ["every value can be written as .json; `save` writes networks, data and permutations"])
  }

  /// A list of numbers or words in one column.
  private static func table(of values: [Value]) -> Table? {
    let cells = values.compactMap { Table.cell(for: $0.content) }
    guard cells.count == values.count, let first = cells.first else { return nil }
    let isUniform = cells.allSatisfy { $0.kind == first.kind }
    return Table(
      columns: [.init("value", isUniform ? first.kind : .text)], rows: cells.map { [$0.cell] })
  }
}

extension Picture {
  /// All points of all series.
  fileprivate var table: Table {
    if let heat {
      return Table(
        columns: [
          .init(heat.rowLabel, .text), .init(heat.columnLabel, .text), .init("value", .real),
        ],
        rows: (0..<heat.rows).flatMap { row in
          (0..<heat.columns).filter { heat[row, $0].isFinite }.map { column in
            [
              .text(heat.rowName(row)), .text(heat.columnName(column)), .real(heat[row, column]),
            ]
          }
        })
    }
    return Table(
      columns: [.init("series", .text), .init(x.label, .real), .init(y.label, .real)],
      rows: series.flatMap { series in
        series.points.map { [.text(series.name), .real($0.x), .real($0.y)] }
      })
  }
}
