import Contract
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// Commands on VGG and residual networks.
@Suite struct DeepCommandTests {
  private let folder: TestFolder
  private let bench = CommandBench()

  init() throws {
    folder = try TestFolder()
    for (name, shape) in [("train", [1, 6, 6]), ("large", [3, 32, 32])] {
      let data = smallImages(samples: 60, shape: shape)
      let file = ArrayFile(arrays: [
        NamedArray(name: "x", shape: data.inputs.shape, floats: data.inputs.values),
        NamedArray(name: "y", shape: [60], octets: data.labels),
      ])
      try file.write(to: folder.file("\(name).npz"))
      try bench.run("\(name) = load \(folder.file("\(name).npz"))")
    }
  }

  @Test func everyNameAndWordIsTaken() throws {
    try bench.run(
      """
      for n in [none, batch, layer, group] {
        a = train resnet18 width=2 norm=n data=train epochs=1
        b = train vgg11 width=2 norm=n data=large epochs=1 dropout=10%
      }
      c = train resnet34 width=1 data=train epochs=0 form=imagenet
      d = train resnet50 width=1 data=train epochs=0
      for f in [vgg13, vgg16, vgg19] { e = train f width=1 data=large epochs=0 }
      """)
    #expect(
      bench.session.value(named: "d")?.summary.hasPrefix("1 × resnet50 width 1, 1×6×6 → 4, ")
        == true)
    #expect(try bench.content("c").brief.hasPrefix("resnet34 width 1 form=imagenet, 1×6×6 → 4, "))
    #expect(try bench.network("e").graph.family == .vgg19)
  }

  /// The defaults are those of the paper's Table 1, and writing one out changes nothing.
  @Test func deepNetworksHaveDefaultsOfTheirOwn() throws {
    try bench.run(
      """
      a = train resnet18 width=2 data=train epochs=1 seed=1
      b = train resnet18 width=2 data=train epochs=1 seed=1 lr=0.02 schedule=cosine batch=256 \
      norm=batch initial=he form=cifar
      c = train vgg11 width=2 data=large epochs=0 seed=1
      """)
    #expect(try bench.network("a").parameters == bench.network("b").parameters)
    let recipes = ["a", "b"].compactMap { bench.session.value(named: $0)?.provenance.recipe }
    #expect(recipes[0] == recipes[1])
    #expect(try bench.network("a").graph.deepDesign?.norm == .batch)
    #expect(try bench.network("c").graph.deepDesign?.norm == Graph.NormKind.none)
    #expect(try bench.network("c").facts.contains(Network.Fact("initial", "he")))
    for defaults in Command.train.defaultsBeside.values {
      for (name, text) in defaults {
        #expect(Command.train.parameter(named: name)?.help.contains(text) == true, "\(name)")
      }
    }
  }

  @Test(arguments: [
    ("vgg16 depth=3", "says nothing about `vgg16`", "in its name"),
    ("resnet18 widths=[4, 4]", "says nothing about `resnet18`", "in its name"),
    ("resnet18 dropout=10%", "`dropout` says nothing about `resnet18`", ""),
    ("mlp norm=batch", "`norm` says nothing about `mlp`", ""),
    ("shallow_cnn norm=batch", "`norm` says nothing about `shallow_cnn`", ""),
    ("vgg11 form=pooled", "`form` of `vgg11` must be one of cifar, imagenet", ""),
    ("shallow_cnn form=cifar", "`form` of `shallow_cnn` must be one of pooled, published", ""),
    ("vgg16_bn", "got `vgg16_bn`", "did you mean `vgg16` with norm=batch?"),
    ("resnet15", "got `resnet15`", "did you mean `resnet18`?"),
  ])
  func whatDoesNotFitIsRefusedBeforeAnythingRuns(
    arguments: String, message: String, note: String
  ) throws {
    let failure = try bench.failure(of: "x = 5\nb = train \(arguments) data=train epochs=0")
    #expect(failure.message.contains(message), "\(failure)")
    #expect(note.isEmpty || failure.notes.contains { $0.contains(note) }, "\(failure)")
    #expect(bench.session.value(named: "x") == nil)
  }

  @Test(arguments: [
    ("vgg11 data=train", FailureCode.shapeMismatch, "sides of 32 or more"),
    ("vgg11 form=imagenet data=large", .shapeMismatch, "sides of 224 to 255"),
    ("resnet18 data=points", .shapeMismatch, "channels x height x width"),
    ("resnet50 width=100000 data=large", .outOfMemory, "weights"),
  ])
  func sizesThatCannotBeAreRefused(line: String, code: FailureCode, word: String) throws {
    let failure = try bench.failure(
      of: "points, more = make blobs samples=50\na = train \(line) epochs=1")
    #expect(failure.code == code)
    #expect(failure.message.contains(word), "\(failure)")
  }

  @Test func aStoppedTrainingWithBatchNormGoesOnFromItsFile() throws {
    let line =
      "a, b = train resnet18 width=4 data=train epochs=12 batch=16 seed=4 count=2"
    try bench.run(line + "\nwhole = a\nother = b")
    let second = CommandBench()
    try second.run("train = load \(folder.file("train.npz"))")
    second.host.stopping = ("train", afterReports: 1)
    let path = folder.file("state")
    try second.run(line + " checkpoint=\"\(path)\"")
    second.host.stopping = nil
    #expect(second.session.value(named: "a")?.partial != nil)
    let third = CommandBench()
    try third.run(
      "train = load \(folder.file("train.npz"))\n\(line) checkpoint=\"\(path)\"")
    try second.run("a = resume a\nb = resume b")
    for (name, wanted) in [("a", "whole"), ("b", "other")] {
      let parameters = try bench.network(wanted).parameters
      #expect(try second.network(name).parameters == parameters)
      #expect(try third.network(name).parameters == parameters)
    }
  }

  @Test func aNetworkIsDrawn() throws {
    try bench.run(
      """
      a = train resnet18 width=4 data=train epochs=0
      describe a
      t = where a.layers (weights > 1000)
      """)
    let drawings = bench.host.outputs.compactMap { output -> String? in
      guard case .drawing(let drawing, _, _) = output else { return nil }
      return drawing.rendered(width: 80, glyphs: .unicode, style: .plain)
    }
    #expect(drawings.count == 1 && drawings[0].contains("├─● layer1.0.conv1"))
    #expect(try bench.table("t").rows.isEmpty == false)
  }
}
