import Kernel

extension Content {
  /// What a search found, with its settings, figures and trace.
  static func json(of result: ResultValue) -> JSON {
    .object([
      .init("method", .text(result.method.label)),
      .init("version", .text(result.method.card.version)),
      .init("status", .text(result.statusText)),
      .init("cost", result.outcome.cost.map { .number($0) } ?? .null),
      .init("start_cost", result.outcome.startCost.map { .number($0) } ?? .null),
      .init("cost_name", .text(result.method.card.costName)),
      .init("steps", .integer(result.outcome.steps)), .init("seconds", .number(result.seconds)),
      .init("figures", .object(result.outcome.figures.map { .init($0.name, .number($0.value)) })),
      .init("trace", result.trace.json),
      .init(
        "permutations",
        result.permutations.map { Content.permutations($0, layers: result.layers).json } ?? .null),
    ])
  }

  /// All points of a picture.
  static func json(of picture: Picture) -> JSON {
    if let heat = picture.heat {
      return .object([
        .init("title", .text(picture.title)), .init("rows", .text(heat.rowLabel)),
        .init("columns", .text(heat.columnLabel)),
        .init("row_names", .array((0..<heat.rows).map { .text(heat.rowName($0)) })),
        .init("column_names", .array((0..<heat.columns).map { .text(heat.columnName($0)) })),
        .init(
          "values",
          .array(
            (0..<heat.rows).map { row in
              .array(
                (0..<heat.columns).map { column in
                  heat[row, column].isFinite ? .number(heat[row, column]) : .null
                })
            })),
      ])
    }
    return .object([
      .init("title", .text(picture.title)), .init("x", .text(picture.x.heading)),
      .init("y", .text(picture.y.heading)),
      .init(
        "series",
        .array(
          picture.series.map { series in
            .object([
              .init("name", .text(series.name)),
              .init("x", .array(series.points.map { .number($0.x) })),
              .init("y", .array(series.points.map { .number($0.y) })),
            ])
          })),
    ])
  }
}
