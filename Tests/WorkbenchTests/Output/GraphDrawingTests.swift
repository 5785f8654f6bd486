import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct GraphDrawingTests {
  private func deep(
    _ family: Graph.Family, _ norm: Graph.NormKind, width: Int = 64
  ) throws -> Graph {
    try Graph.DeepDesign(family: family, norm: norm, form: .cifar, width: width)
      .graph(inputShape: [3, 32, 32], classes: 10)
  }

  private func text(_ graph: Graph, width: Int = 80, glyphs: Glyphs = .unicode) -> String {
    GraphDrawing(graph).rendered(width: width, glyphs: glyphs, style: .plain)
  }

  @Test func drawingsAreAsKept() throws {
    try expectSnapshot(text(deep(.resnet18, .batch)), "drawing-resnet18.txt")
    try expectSnapshot(text(deep(.resnet18, .batch), glyphs: .ascii), "drawing-resnet18-ascii.txt")
    try expectSnapshot(text(deep(.vgg11, .group)), "drawing-vgg11.txt")
    try expectSnapshot(
      text(.mlp(inputShape: [1, 28, 28], hidden: [512, 512], classes: 10)), "drawing-mlp.txt")
  }

  @Test(arguments: Graph.Family.allCases.filter(\.isDeep))
  func everyLineFitsTheScreen(family: Graph.Family) throws {
    for norm in Graph.NormKind.allCases {
      for glyphs in [Glyphs.unicode, .ascii] {
        let lines = try text(deep(family, norm), glyphs: glyphs).split(separator: "\n")
        #expect(lines.allSatisfy { displayWidth(of: $0) < 80 })
        #expect(glyphs == .unicode || lines.allSatisfy { $0.allSatisfy(\.isASCII) })
        #expect(!lines.contains { $0.contains("?") })
      }
    }
    let narrow = try text(deep(family, .batch), width: 50).split(separator: "\n")
    #expect(narrow.allSatisfy { displayWidth(of: $0) <= 60 })
  }

  /// Every kind of graph has as many lanes as outputs are waited for, and ends in one.
  @Test(arguments: imageGraphs.map(\.graph)) func lanesCloseAgain(graph: Graph) throws {
    let lines = GraphLanes(graph).lines
    guard !lines.isEmpty else { return }
    #expect(lines.count == graph.nodes.count)
    #expect(lines.allSatisfy { $0.count { $0 == "●" || $0 == "○" } == 1 })
    #expect(lines.last?.filter { $0 != " " } == "●")
  }
}
