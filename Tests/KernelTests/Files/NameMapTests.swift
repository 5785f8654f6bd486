import Testing

@testable import Kernel

@Suite struct NameMapTests {
  private func names(_ map: String, for names: [String]) throws -> [String?] {
    try NameMap(Array(map.utf8), source: "names.map").names(for: names).names
  }

  @Test func linesRename() throws {
    let map = """
      # What another program calls its blocks.
      architecture resnet18 form=cifar

      stem.conv.*               -> conv1.*
      stages.{i}.blocks.{j}.*   -> layer{i+1}.{j}.*
      swap{a}_{b}x -> {b}_{a-10}
      *.gamma -> *.weight
      ignore head.*
      """
    #expect(
      try names(
        map,
        for: [
          "stem.conv.weight", "stages.0.blocks.12.conv1.bias", "swap3_40x", "a.b.gamma", "head.x",
          "other", "stages.x.blocks.1.a", "stem.conv.", "stages.99999999999999999999.blocks.0.y",
        ])
        == [
          "conv1.weight", "layer1.12.conv1.bias", "40_-7", "a.b.weight", nil, "other",
          "stages.x.blocks.1.a", "conv1.", "stages.99999999999999999999.blocks.0.y",
        ])
    let read = try NameMap(Array(map.utf8), source: "names.map")
    #expect(read.architecture?.text == "resnet18 form=cifar")
    #expect(read.names(for: ["head.x"]).unused == [4, 5, 6, 7])
  }

  @Test func theFirstLineThatMatchesCounts() throws {
    #expect(try names("a.x -> b\r\na.* -> c.*", for: ["a.x", "a.y"]) == ["b", "c.y"])
  }

  @Test(arguments: [
    ("\n\na b c", 3, "renames nothing"), ("a ->", 1, "renames nothing"),
    ("a -> b -> c", 1, "renames nothing"), ("* * -> b", 1, "blank"), ("** -> b", 1, "twice"),
    ("a -> *", 1, "stands for nothing"), ("a -> {i}", 1, "stands for nothing"),
    ("{i}.{i} -> b", 1, "stands twice"), ("{i+1} -> b", 1, "sums stand on the right"),
    ("{ -> b", 1, "no number"), ("{1} -> b", 1, "no number"), ("{i} -> {i+}", 1, "no number"),
    ("{i} -> {i+99999999999999999999}", 1, "no number"),
    ("x -> y\narchitecture resnet20", 2, "no architecture `resnet20`"),
    ("architecture", 1, "begins with a name"),
    ("architecture mlp\narchitecture mlp", 2, "twice"), ("ignore a b", 1, "blank"),
  ])
  func mistakesAreToldWithTheirLine(map: String, line: Int, words: String) {
    let failure = Fixture.failure { _ = try NameMap(Array(map.utf8), source: "names.map") }
    #expect(failure?.code == .fileMalformed)
    #expect(failure?.message.hasPrefix("`names.map`, line \(line): ") == true)
    #expect(failure?.message.contains(words) == true, "\(failure?.message ?? "")")
  }

  @Test func whatIsNoTextIsRefused() {
    #expect(Fixture.failure { _ = try NameMap([0xFF, 0xFE], source: "x") }?.code == .fileMalformed)
    let long = Array((String(repeating: "a", count: 2000) + " -> b").utf8)
    #expect(Fixture.failure { _ = try NameMap(long, source: "x") }?.code == .fileMalformed)
  }

  /// A residual network under names of no library, brought to torchvision's by four lines.
  @Test func networksWithOtherNamesAreRead() throws {
    let came = try ArrayFile.read(Fixture.path("models_resnet18.pt"))
    let plain = try NetworkFile.networks(in: came, "net.pt")[0]
    var other = ArrayFile(arrays: came.arrays)
    for index in other.arrays.indices {
      var name = other.arrays[index].name
      for stage in 1...4 {
        name = name.replacing("layer\(stage).", with: "stages.\(stage - 1).")
      }
      other.arrays[index].name = "module." + name.replacing("fc.", with: "head.out.")
    }
    other.arrays.append(NamedArray(name: "module.ema.decay", shape: [], floats: [0.5]))
    let map = """
      stages.{i}.* -> layer{i+1}.*
      head.out.* -> fc.*
      ignore ema.*
      """
    let names = try NameMap(Array(map.utf8), source: "names.map")
    let read = try NetworkFile.networks(in: other, "net.pt", map: names)[0]
    #expect(read.graph == plain.graph)
    #expect(read.parameters == plain.parameters)
    #expect(read.torchNames.last == "head.out.bias")
    let less = try NameMap(
      Array("stages.{i}.* -> layer{i+1}.*\nhead.on.* -> fc.*\nignore ema.*".utf8),
      source: "names.map")
    let failure = Fixture.failure {
      _ = try NetworkFile.networks(
        in: other, "net.pt", architecture: Architecture("resnet18 classes=10"), map: less)
    }
    #expect(
      failure?.message
        == "`net.pt` lacks `fc.weight`, `fc.bias` and holds `module.head.out.weight`, "
        + "`module.head.out.bias`, which the network does not have")
    #expect(failure?.notes.last == "line 2 of `names.map` matches no array")
    let both = try NameMap(
      Array("stages.{i}.* -> layer{i+1}.*\nhead.out.* -> fc.*\nema.decay -> fc.bias".utf8),
      source: "m")
    let twice = Fixture.failure { _ = try NetworkFile.networks(in: other, "net.pt", map: both) }
    #expect(
      twice?.message
        == "`net.pt` holds `module.head.out.bias` and `module.ema.decay`, which both are `fc.bias` here"
    )
  }

  @Test func statementsAreReadAndWritten() throws {
    for text in [
      "resnet18 width=16 norm=group groups=8 epsilon=0.001 form=cifar shape=[3, 32, 32] classes=10",
      "shallow_cnn width=4 depth=2 form=pooled shape=[1, 28, 28] classes=10",
      "mlp hidden=[5, 4] shape=[3] classes=2", "vgg19",
    ] {
      #expect(try Architecture(text).text == text)
    }
    let spaced = try Architecture("  vgg11   shape=[3,32,32]\tclasses=7 form=cifar ")
    #expect(spaced.shape == [3, 32, 32])
    #expect(try spaced.graph().classCount == 7)
    for text in [
      "", "vgg12", "vgg11 depth=2", "vgg11 width", "vgg11 width=0", "vgg11 width=x",
      "vgg11 shape=[]", "vgg11 shape=3", "vgg11 shape=[3", "vgg11 norm=some", "mlp form=cifar",
      "resnet18 width=1 width=2", "resnet18 epsilon=0", "resnet18 epsilon=nan",
    ] {
      #expect(Fixture.failure { _ = try Architecture(text) }?.code == .fileMalformed, "\(text)")
    }
    for text in [
      "vgg11", "mlp shape=[4] classes=2", "resnet18 form=cifar shape=[32, 32] classes=2",
      "shallow_cnn width=3 shape=[1, 2, 2] classes=2",
      "shallow_cnn width=3 depth=3 shape=[1, 8, 8] classes=2",
      "shallow_cnn width=3 form=published shape=[1, 8, 9] classes=2",
    ] {
      #expect(
        Fixture.failure { _ = try Architecture(text).graph() }?.code == .shapeMismatch, "\(text)")
    }
    let huge = "resnet18 width=900000 form=cifar shape=[3, 16000, 16000] classes=2"
    #expect(Fixture.failure { _ = try Architecture(huge).graph() }?.code == .outOfMemory)
  }
}
