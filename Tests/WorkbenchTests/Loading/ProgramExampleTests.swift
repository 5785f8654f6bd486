import Contract
import Foundation
import Kernel
import Plugins
import TestSupport
import Testing

@testable import Workbench

/// The plugins that come with Basin: the examples, and what `plugin new` writes.
@Suite(.enabled(if: ProgramTest.hasPython, "there is no python3 with numpy"))
struct ProgramExampleTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func example(_ name: String) throws -> Plugin {
    try ProgramPlugin.load(ProgramTest.root + "/examples/plugins/" + name)
  }

  private func template() throws -> SearchMethod {
    let path =
      ProgramTest.root + "/Sources/Workbench/Loading/Embedded/method.py.template"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let plugin = try ProgramTest.plugin(
      text.replacing("__NAME__", with: "my_matcher"), name: "my_matcher.py", in: folder)
    return try #require(plugin.methods.first)
  }

  @Test func theTemplateConforms() throws {
    let method = try template()
    #expect(Conformance.complaints(about: method).map(\.description) == [])
    let cosine = ["measure": Setting.word("cosine")]
    #expect(Conformance.complaints(about: method, settings: cosine).map(\.description) == [])
  }

  /// Stop and resume included.
  @Test func annealingConforms() throws {
    let method = try #require(example("annealing.py").methods.first)
    let few = ["steps": Setting.integer(30)]
    #expect(Conformance.complaints(about: method, settings: few).map(\.description) == [])
  }

  @Test(.enabled(if: ProgramTest.hasSciPy, "there is no python3 with SciPy"))
  func gitRebasinConforms() throws {
    let method = try #require(example("git_rebasin.py").methods.first)
    #expect(Conformance.complaints(about: method).map(\.description) == [])
  }

  @Test(.enabled(if: ProgramTest.hasSciPy, "there is no python3 with SciPy"))
  func gitRebasinReachesWhatTheBuiltInMatchingDoes() throws {
    let method = try #require(example("git_rebasin.py").methods.first)
    let data = smallProblem()
    for hidden in [[16], [12, 10]] {
      let networks = try trainedNetworks(6, hidden: hidden, on: data)
      // One layer has one best assignment; of several the best of many runs is the same.
      let settings = Settings(["restarts": .integer(hidden.count == 1 ? 1 : 30)])
      for pair in 0..<5 {
        let task = ProgramTest.task([networks[pair], networks[pair + 1]])
        let theirs = try method.make(settings).search(task)
        let ours = try WeightMatching(settings).search(task)
        let (a, b) = (try #require(theirs.cost), try #require(ours.cost))
        #expect(abs(a - b) <= 1e-9 * b, "pair \(pair) of \(hidden)")
        #expect(hidden.count > 1 || theirs.permutations == ours.permutations)
      }
    }
  }

  /// Channels of a convolution, and after a flatten blocks of columns.
  @Test(.enabled(if: ProgramTest.hasSciPy, "there is no python3 with SciPy"))
  func gitRebasinFindsPlantedChannels() throws {
    let method = try #require(example("git_rebasin.py").methods.first)
    let network = try trainedShallowCNNs(1, width: 7, on: smallImages())[0]
    let planted = NetworkPermutation(
      randomFor: network.graph, from: RandomStream(seed: 1, name: "planted"))
    let task = ProgramTest.task([network, network.permuted(by: planted)])
    let found = try method.make(Settings(["restarts": .integer(20)])).search(task)
    #expect(found.permutations?[1] == planted.inverse)
    #expect(found.cost == 0)
  }

  /// Ranges of channels of a convolution in groups, of which the next weights are some rows' columns.
  @Test(.enabled(if: ProgramTest.hasSciPy, "there is no python3 with SciPy"))
  func gitRebasinFindsPlantedChannelsInGroups() throws {
    let method = try #require(example("git_rebasin.py").methods.first)
    for name in ["groups that cut each other", "residual with batch norm"] {
      let graph = try #require(imageGraphs.first { $0.name == name }?.graph)
      let network = Network(
        graph: graph, initial: .uniform, from: RandomStream(seed: 2, name: "planted")
      ).withRandomStatistics()
      let planted = NetworkPermutation(
        randomFor: graph, from: RandomStream(seed: 3, name: "planted"))
      let task = ProgramTest.task([network, network.permuted(by: planted)])
      let found = try method.make(Settings(["restarts": .integer(20)])).search(task)
      #expect(found.permutations?[1] == planted.inverse)
      #expect(found.cost == 0)
    }
  }

  @Test func tablesAreRead() throws {
    let reader = try #require(example("csv_data.py").readers.first)
    #expect(reader.card.endings == [".csv"])
    let path = folder.file("flowers.csv")
    let rows = ["length,width,kind", "1.0, 4, rose", "3.0, 8, tulip", "", "5.0, 12,\"rose\""]
    try rows.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
    let sets = try reader.read(path)
    #expect(sets.count == 1)
    #expect(sets[0].name == "flowers.csv" && sets[0].classCount == 2)
    #expect(sets[0].labels == [0, 1, 0])
    let unit = Float(1.5.squareRoot())
    #expect(sets[0].inputs == Tensor(shape: [3, 2], values: [-unit, -unit, 0, 0, unit, unit]))
    try "a,b\n1,2\n3\n".write(toFile: path, atomically: true, encoding: .utf8)
    let failure = ProgramTest.failure { _ = try reader.read(path) }
    #expect(
      failure?.message
        == "the reader `csv_data`: `csv_data.py`: row 2 of \(path) is not 1 numbers and a class")
  }

  @Test func theBrierScoreIsMeasured() throws {
    let metric = try #require(example("brier.py").metrics.first)
    let logits = Tensor(shape: [2, 2], values: [0, 0, 0, log(3)])
    let value = try metric.value(logits: logits, labels: [0, 0])
    #expect(abs(value - (0.5 + 1.125) / 2) < 1e-7)
  }

  @Test func aMetricMayFailAndIsAskedAgain() throws {
    let plugin = try ProgramTest.plugin(
      """
      from basin_plugin import metric, run
      @metric(id="odd", summary="an odd number", description="For tests.", is_share=True)
      def odd(logits, labels):
          if len(labels) == 1: raise ValueError("one sample is not enough")
          return float("nan") if len(labels) == 2 else logits.sum()
      run()
      """, in: folder)
    let metric = try #require(plugin.metrics.first)
    #expect(metric.card.isShare)
    func value(_ count: Int) throws -> Double {
      try metric.value(
        logits: Tensor(shape: [count, 2], values: Array(repeating: 1, count: 2 * count)),
        labels: Array(repeating: 0, count: count))
    }
    #expect(
      ProgramTest.failure { _ = try value(1) }?.message
        == "the metric `odd`: `trial.py`: ValueError: one sample is not enough")
    #expect(ProgramTest.failure { _ = try value(2) }?.code == .notFinite)
    #expect(try value(3) == 6)
  }

  @Test(
    arguments: [
      ("np.zeros((2, 3)), [0, 300]", "label 300 stands at sample 2"),
      (
        "np.zeros((2, 3)), [0, 1], 1",
        "`trial.bin` has label 1 at sample 2, and there are 1 classes"
      ),
      ("np.full((2, 3), np.nan), [0, 1]", "`trial.bin` sample 1 holds a value that is no number"),
      ("np.zeros((2, 3)), [0]", "`trial.bin` has 2 samples and 1 labels"),
      (
        "np.zeros(2), [0, 1]",
        "`trial.py`: the message `data` has inputs of the shape 2 and labels of the shape 2; "
          + "samples × numbers and one label each are expected"
      ),
      ("np.zeros((0, 3)), []", "`trial.bin` holds no samples"),
    ])
  func dataWithMistakesAreRefused(arguments: String, sentence: String) throws {
    let plugin = try ProgramTest.plugin(
      """
      import numpy as np
      from basin_plugin import dataset, reader, run
      @reader(id="binary", summary="some numbers", description="For tests.")
      def binary(path): return dataset(\(arguments))
      run()
      """, in: folder)
    let reader = try #require(plugin.readers.first)
    let failure = ProgramTest.failure { _ = try reader.read(folder.file("trial.bin")) }
    #expect(failure?.message == "the reader `binary`: \(sentence)")
  }

  @Test func bytesArePixelsAndTwoSetsShareTheirFigures() throws {
    let plugin = try ProgramTest.plugin(
      """
      import numpy as np
      from basin_plugin import dataset, reader, run
      @reader(id="images", summary="some images", description="For tests.")
      def images(path):
          pixels = np.arange(24, dtype=np.uint8).reshape(2, 3, 2, 2)
          return [dataset(pixels, [0, 1], name="made train"), dataset(pixels[::-1], [1, 0], 3)]
      run()
      """, in: folder)
    let sets = try #require(plugin.readers.first).read("made.bin")
    #expect(sets.map(\.name) == ["made train", "made.bin test"])
    #expect(sets.map(\.classCount) == [2, 3])
    let figures = try #require(sets[0].normalization)
    #expect(figures.channelCount == 3)
    #expect(sets[1].normalization == figures)
    #expect(Array(sets[1].inputs.values[..<12]) == Array(sets[0].inputs.values[12...]))
  }
}
