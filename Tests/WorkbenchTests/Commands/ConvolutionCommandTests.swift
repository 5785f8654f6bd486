import Contract
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// Commands on shallow convolutional networks.
@Suite struct ConvolutionCommandTests {
  private let folder: TestFolder
  private let bench = CommandBench()

  init() throws {
    folder = try TestFolder()
    for (name, count, seed) in [("train", 160, 1), ("test", 60, 1)] as [(String, Int, UInt64)] {
      let data = smallImages(samples: count, shape: [1, 6, 6], seed: seed)
      let file = ArrayFile(arrays: [
        NamedArray(name: "x", shape: data.inputs.shape, floats: data.inputs.values),
        NamedArray(name: "y", shape: [count], octets: data.labels),
      ])
      try file.write(to: folder.file("\(name).npz"))
      try bench.run("\(name) = load \(folder.file("\(name).npz"))")
    }
  }

  private func trainTwo() throws {
    try bench.run("a, b = train shallow_cnn width=4 data=train epochs=2 batch=32 count=2")
  }

  @Test func everyCommandTakesThem() throws {
    try trainTwo()
    try bench.run(
      """
      e = eval a data=test
      c = curve a b data=test points=5
      i = barrier a b data=test points=5
      m = average a b
      n = blend a b at=0.25
      d = distance a b
      s = shuffle a
      z = barrier a (balance a) data=test points=3
      p = search weight_match a b
      q = search merge_many a b s
      r = search fd a b data=train
      f = search activation_match a b data=train samples=50
      g = search sa2 a b data=train steps=20 start=weight_match
      h = search sa1 a b data=train steps=20
      j = search identity a b
      k = search random a b
      l = search subspace a b data=train epochs=1
      y = apply p a b
      o = compose p.permutations p.permutations
      t = compare p r f g h data=test points=3
      u = ensemble a b p data=test
      v = layers p data=test points=3
      w = similarity a b of=activations data=test layer=2
      describe a
      describe p
      """)
    let average = Network.average(of: [try bench.network("a"), try bench.network("b")])
    #expect(try bench.network("m").parameters == average.parameters)
    #expect(try bench.table("t").rows.count == 6)
    #expect(try bench.table("w").rows.count == 4)
    #expect(bench.host.notes.contains { $0.contains("chains of linear layers") })
    #expect(
      try bench.session.value(named: "a")?.summary == "1 × shallow_cnn 1×6×6-4-4-4, 208 weights")
    #expect(try bench.content("a").brief == "1×6×6-4-4-4, 208 weights")
  }

  @Test(arguments: ["h5", "npz", "safetensors"])
  func savingAndLoadingKeepsTheHash(ending: String) throws {
    try trainTwo()
    let path = folder.file("nets.\(ending)")
    try bench.run("save [a, b] '\(path)'\nback = load \(path)")
    for (place, name) in ["a", "b"].enumerated() {
      let network = try bench.content("back").allNetworks[place]
      #expect(
        Content.network(network).computeContentHash()
          == (try bench.content(name).computeContentHash()))
    }
  }

  /// The defaults are those of the paper's Table 1, and writing one out changes nothing.
  @Test func shallowNetworksHaveDefaultsOfTheirOwn() throws {
    try bench.run(
      """
      a = train shallow_cnn width=4 data=train epochs=1 seed=1
      b = train shallow_cnn width=4 data=train epochs=1 seed=1 lr=0.02 schedule=cosine batch=256 depth=2
      c = train shallow_cnn width=4 data=train epochs=1 seed=1 lr=0.01 schedule=fixed batch=64
      d = train mlp width=4 data=train epochs=1 seed=1
      e = train mlp width=4 data=train epochs=1 seed=1 lr=0.01 schedule=fixed batch=64 depth=1
      """)
    #expect(try bench.network("a").parameters == bench.network("b").parameters)
    #expect(try bench.network("a").parameters != bench.network("c").parameters)
    #expect(try bench.network("d").parameters == bench.network("e").parameters)
    let facts = try bench.network("a").facts
    for fact in [("lr", "0.02"), ("schedule", "cosine"), ("batch", "256")] {
      #expect(facts.contains(Network.Fact(fact.0, fact.1)))
    }
    let recipes = ["a", "b"].compactMap { bench.session.value(named: $0)?.provenance.recipe }
    #expect(recipes[0] == recipes[1])
    for (name, text) in Command.train.defaultsBeside["shallow_cnn"] ?? [:] {
      #expect(Command.train.parameter(named: name)?.help.contains(text) == true, "\(name)")
    }
  }

  @Test func publishedNetworksAreTrained() throws {
    let data = smallImages(samples: 40, shape: [1, 9, 9])
    let file = ArrayFile(arrays: [
      NamedArray(name: "x", shape: data.inputs.shape, floats: data.inputs.values),
      NamedArray(name: "y", shape: [40], octets: data.labels),
    ])
    try file.write(to: folder.file("large.npz"))
    try bench.run(
      """
      large = load \(folder.file("large.npz"))
      a, b = train shallow_cnn form=published width=3 data=large epochs=1 count=2
      p = search weight_match a b
      """)
    #expect(
      try bench.network("a").parameters.map(\.shape)
        == [[3, 1, 9, 9], [3], [3, 3, 2, 2], [3], [4, 3], [4]])
  }

  @Test(arguments: [
    ("shallow_cnn depth=3", ErrorWord(.outOfRange, "2, 4, 6")),
    ("shallow_cnn depth=0", ErrorWord(.outOfRange, "2, 4, 6")),
    ("shallow_cnn form=published depth=4", ErrorWord(.outOfRange, "two convolutions")),
    ("shallow_cnn form=published", ErrorWord(.shapeMismatch, "7 or more")),
    ("shallow_cnn widths=[4, 4]", ErrorWord(.unknownArgument, "widths")),
    ("mlp form=published", ErrorWord(.unknownArgument, "form")),
    ("mlp init=a", ErrorWord(.incompatible, "shallow_cnn")),
  ])
  func whatDoesNotFitIsRefused(arguments: String, expected: ErrorWord) throws {
    try bench.run("a = train shallow_cnn width=2 data=train epochs=0")
    let failure = try bench.failure(of: "b = train \(arguments) data=train epochs=0")
    #expect(failure.code == expected.code)
    #expect(failure.message.contains(expected.word), "\(failure.message)")
  }

  @Test func samplesThatAreNoImagesAreRefused() throws {
    let failure = try bench.failure(
      of: """
        points, more = make blobs samples=50
        a = train shallow_cnn data=points epochs=0
        """)
    #expect(failure.code == .shapeMismatch)
    #expect(failure.message.contains("channels x height x width"))
  }

  @Test func aStoppedTrainingGoesOnToTheSameNetwork() throws {
    let line = "a = train shallow_cnn width=4 data=train epochs=60 batch=16 seed=4"
    try bench.run(line + "\nwhole = a")
    let other = CommandBench()
    try other.run("train = load \(folder.file("train.npz"))")
    other.host.stopping = ("train", afterReports: 2)
    try other.run(line)
    other.host.stopping = nil
    #expect(other.session.value(named: "a")?.partial != nil)
    try other.run("a = resume a")
    #expect(try other.network("a").parameters == bench.network("whole").parameters)
  }

  struct ErrorWord: Sendable {
    let code: FailureCode
    let word: String

    init(_ code: FailureCode, _ word: String) { (self.code, self.word) = (code, word) }
  }
}
