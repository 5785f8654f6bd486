import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// Networks of other programs through `load` and `save`, with what has to be stated beside them.
@Suite struct TorchNetworkCommandTests {
  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func fixture(_ name: String) -> String {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Fixtures/\(name)").path
  }

  private func write(_ text: String, to name: String) throws -> String {
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
    return folder.file(name)
  }

  @Test func whatWasTakenForGrantedIsNoted() throws {
    let bench = CommandBench()
    let path = fixture("models_resnet18.pt")
    try bench.run("a = load '\(path)'")
    #expect(
      bench.host.notes == [
        "samples of \(path) are taken to be 3x32x32; else state it: shape=[3, 64, 64]"
      ])
    try bench.run("b = load '\(path)' shape=[3, 48, 64]")
    #expect(bench.host.notes.count == 1)
    #expect(try bench.network("b").graph.inputShape == [3, 48, 64])
    // What was loaded from a file of ours says its shape itself.
    try bench.run("save a '\(folder.file("a.pt"))'\nc = load '\(folder.file("a.pt"))'")
    #expect(bench.host.notes.count == 1)
    #expect(try bench.network("c") == bench.network("a"))
  }

  @Test func architecturesAreStatedInTheLineOrInAMap() throws {
    let bench = CommandBench()
    let path = fixture("models_group.pt")
    let asked = try bench.failure(of: "a = load '\(path)'")
    #expect(asked.code == .shapeMismatch)
    #expect(asked.notes[0].hasSuffix(#" architecture="resnet18 norm=group groups=8"`"#))
    try bench.run(#"a = load '\#(path)' architecture="resnet18 norm=group groups=2""#)
    let map = try write("architecture resnet18 norm=group groups=2\n", to: "group.map")
    try bench.run("b = load '\(path)' map='\(map)'\nt = distance a b")
    #expect(
      try bench.network("a") == bench.network("b").with(parameters: bench.network("a").parameters))
    let line = try bench.failure(
      of: "c = load '\(path)' map='\(try write("\nfc -> \n", to: "bad.map"))'")
    #expect(line.code == .fileMalformed)
    #expect(line.message.contains("bad.map`, line 2: "))
    let name = try bench.failure(of: #"c = load '\#(path)' architecture="resnet20""#)
    #expect(name.code == .badChoice)
    #expect(name.message == "`architecture`: there is no architecture `resnet20`")
    #expect(
      try bench.failure(of: "c = load '\(path)' map='\(folder.file("none.map"))'").code
        == .fileNotFound)
    try bench.run("train, test = make blobs\nsave train '\(folder.file("d.npz"))'")
    #expect(
      try bench.failure(of: #"d = load '\#(folder.file("d.npz"))' architecture="mlp""#).code
        == .unknownArgument)
    try bench.run("save a '\(folder.file("own.h5"))'")
    #expect(
      try bench.failure(of: #"d = load '\#(folder.file("own.h5"))' architecture="mlp""#).code
        == .incompatible)
  }

  /// Statistics of a batch normalization and its count go with the network that they are of.
  @Test func namesAndCountsOfBatchesStayWithWhatIsMade() throws {
    let bench = CommandBench()
    try bench.run(
      """
      a = load '\(fixture("models_resnet50.pt"))'
      b = shuffle a seed=3
      save b '\(folder.file("b.safetensors"))'
      """)
    let file = try ArrayFile.read(folder.file("b.safetensors"))
    let count = try file.array("layer1.0.bn2.num_batches_tracked")
    #expect(count.shape.isEmpty)
    #expect(try count.integers() == [391])
    #expect(file["layer1.0.shortcut.0.weight"] != nil)
    #expect(file["linear.bias"] != nil)
  }

  /// Each with the file, and none with a crash.
  @Test func filesThatLieAreRefusedByName() throws {
    func tensors(_ header: String) throws -> String {
      var size = UInt64(header.utf8.count).littleEndian
      let bytes = withUnsafeBytes(of: &size) { Data($0) } + Data(header.utf8) + Data(count: 8)
      let path = folder.file("\(header.count).safetensors")
      try bytes.write(to: URL(fileURLWithPath: path))
      return path
    }
    let cases: [(String, FailureCode, String)] = [
      (
        try tensors(
          #"{"0.weight":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"0.bias":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#
        ), .fileMalformed, "`0.bias` begins at byte 4 where 8 is expected"
      ),
      (
        try tensors(
          #"{"0.weight":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#),
        .fileMalformed, "of shape [4611686018427387904, 4]"
      ),
      (fixture("torch_system.pt"), .unsupportedFormat, "asks for `os.system`"),
    ]
    for (path, code, words) in cases {
      let failure = try CommandBench().failure(of: "x = load '\(path)'")
      #expect(failure.code == code, "\(failure)")
      #expect(failure.message.contains(words), "\(failure)")
    }
    let small = try CommandBench().failure(
      of: "x = load '\(fixture("models_vgg11_bn.pt"))' shape=[3, 16, 16]")
    #expect(small.message.contains("takes sides of 32 or more"))
    let bench = CommandBench()
    try bench.run("train, test = load tiny_images\na = load '\(fixture("models_resnet18.pt"))'")
    #expect(try bench.failure(of: "s = eval a data=test").code == .shapeMismatch)
  }
}
