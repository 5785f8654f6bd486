import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct FilesCommandTests {
  private let nets = """
    train, test = make blobs samples=100 dimension=4 classes=3
    a, b = train mlp width=8 data=train epochs=1 count=2
    p = search weight_match a b

    """

  // MARK: - load

  /// `tiny_images` is everywhere, and no test machine has a folder of MNIST by default.
  @Test func anotherDataSetStandsInForOneThatIsMissing() throws {
    guard KnownDataSet.mnist.folder() == nil else { return }
    let bench = CommandBench()
    try bench.run("a, b = load mnist otherwise=tiny_images\nc, d = load tiny_images")
    #expect(try bench.data("a").contentHash == bench.data("c").contentHash)
    // A misspelt name is a mistake, and not a set that is missing.
    let trial = Trial("a, b = load mnits otherwise=tiny_images")
    #expect(trial.host.diagnostics.first?.failure.code == .fileNotFound)
    #expect(trial.host.diagnostics.first?.failure.notes == ["did you mean `mnist`?"])
  }

  // MARK: - make, split, peek

  @Test(arguments: MadeProblem.Rule.allCases.map(\.rawValue))
  func madeProblemsHangOnTheSeedAlone(rule: String) throws {
    let bench = CommandBench()
    try bench.run(
      """
      a, b = make \(rule) samples=60 classes=4 dimension=3 seed=1
      c, d = make \(rule) samples=60 classes=4 dimension=3 seed=1
      e, f = make \(rule) samples=60 classes=4 dimension=3 seed=2
      """)
    let (a, c, e) = (try bench.data("a"), try bench.data("c"), try bench.data("e"))
    #expect(a.contentHash == c.contentHash && a.contentHash != e.contentHash)
    #expect(a.count == 60 && a.sampleShape == [3] && a.classCount == 4)
    #expect(try bench.data("b").count == 15)
    #expect(try bench.data("b").contentHash != a.contentHash)
    // A random teacher may have no use for a class.
    let present = a.samplesPerClass.filter { $0 > 0 }.count
    #expect(present >= (rule == "teacher" ? 2 : 4))
  }

  @Test func aNetworkLearnsWhatIsMade() throws {
    let bench = CommandBench()
    try bench.run(
      """
      for rule in ["blobs", "spirals", "teacher"] {
        train, test = make rule samples=2000 test_samples=500
        a = train mlp width=64 data=train epochs=30 lr=0.1
        expect (eval a data=test).error < 15% "{rule}"
      }
      """)
  }

  @Test func splitDividesWithoutLoss() throws {
    let bench = CommandBench()
    try bench.run("train, test = make blobs samples=50\npart, rest = split train share=70%")
    let (part, rest, whole) = (
      try bench.data("part"), try bench.data("rest"), try bench.data("train")
    )
    #expect(part.count == 35 && rest.count == 15)
    let rows = { (data: DataSet) in
      (0..<data.count).map { [data.inputs[2 * $0], data.inputs[2 * $0 + 1]] }
    }
    #expect(Set(rows(part) + rows(rest)) == Set(rows(whole)))
  }

  @Test func peekShowsSamplesAndClasses() throws {
    let bench = CommandBench()
    try bench.run("train, test = make blobs samples=50 classes=4\nt = peek train count=3 first=49")
    let table = try bench.table("t")
    #expect(table.rows.map { $0[0] } == [.integer(49), .integer(50)])
    #expect(table.notes.contains("samples per class: 13 13 12 12"))
    #expect(try bench.failure(of: "peek train first=51").code == .outOfRange)
  }

  // MARK: - save and load

  @Test(arguments: ["h5", "npz", "safetensors", "pt"])
  func everythingComesBackToTheLastBit(ending: String) throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    try bench.run(
      nets + """
        save [a, b] '\(folder.file("deep/nets.\(ending)"))'
        save a '\(folder.file("one.\(ending)"))'
        save p '\(folder.file("p.\(ending)"))'
        save train '\(folder.file("train.\(ending)"))'
        save [train, test] '\(folder.file("both.\(ending)"))'
        c, d = load '\(folder.file("deep/nets.\(ending)"))'
        e = load '\(folder.file("one.\(ending)"))'
        q = load '\(folder.file("p.\(ending)"))'
        data = load '\(folder.file("train.\(ending)"))'
        x, y = load '\(folder.file("both.\(ending)"))' samples=10
        moved = apply q c d
        """)
    #expect(try bench.network("c") == bench.network("a"))
    #expect(try bench.network("d").facts == bench.network("b").facts)
    #expect(try bench.network("e") == bench.network("a"))
    #expect(try bench.data("data").contentHash == bench.data("train").contentHash)
    #expect(try bench.data("x").count == 10 && bench.data("y").count == 10)
    guard case .permutations(let permutations, _) = try bench.content("q") else { return }
    #expect(try permutations == bench.result("p").permutations)
    #expect(
      try bench.content("moved").allNetworks.map(\.parameters)
        == bench.result("p").networks.map(\.parameters))
  }

  @Test func permutationsGoThroughJSONAndKnowTheirNetwork() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    let file = folder.file("p.json")
    try bench.run(nets + "save p '\(file)'\nq = load '\(file)'\nsave q '\(file)' net=a")
    guard case .permutations(let permutations, _) = try bench.content("q") else { return }
    #expect(try permutations == bench.result("p").permutations)
  }

  // Permutations that were loaded, or taken out of a result, had forgotten their layers.
  @Test func permutationsKeepTheirLayersFromFileToFile() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    let (first, second) = (folder.file("p.json"), folder.file("q.h5"))
    try bench.run(nets + "save p.permutations '\(first)'\nq = load '\(first)'\nsave q '\(second)'")
    try bench.run("r = invert (compose q q)\nsave r[2] '\(folder.file("r.json"))'")
    let read = try PermutationFile(readingFrom: second)
    #expect(try read.permutations == bench.result("p").permutations)
    #expect(try read.groups == PermutationFile.groups(of: bench.network("a").graph))
  }

  // `show q` said "permutations for 2 networks" and no more.
  @Test func permutationsShowTheirOrders() throws {
    let bench = CommandBench()
    try bench.run(nets + "q = p.permutations")
    let value = try #require(bench.session.value(named: "q"))
    func shown(_ format: OutputFormat) -> String {
      value.rendered(as: format, width: 80, glyphs: .unicode, style: .plain)
    }
    let orders = try #require(try bench.result("p").permutations).map { $0.groups[0].sources }
    let start = orders[1].prefix(12).map(String.init).joined(separator: " ")
    #expect(shown(.table).contains(start))
    let csv = shown(.csv).split(separator: "\n")
    #expect(csv.count == 1 + orders[0].count + orders[1].count)
    #expect(csv.last == "2,fc1,\(orders[1].count - 1),\(orders[1].last ?? -1)")
    #expect(shown(.json).contains("\"permutations\""))
  }

  @Test func theNetworksOfAResultCanBeSaved() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    let file = folder.file("aligned.h5")
    try bench.run(nets + "save p '\(file)' what=networks\nc, d = load '\(file)'")
    #expect(try bench.network("d").parameters == bench.result("p").networks[1].parameters)
  }

  @Test func aScriptMayReplaceAFileAndLoadItsNewContent() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    let file = folder.file("nets.h5")
    try bench.run(nets + "save [a, b] '\(file)'\nc, d = load '\(file)'")
    try bench.run("save a '\(file)'\ne = load '\(file)'")
    #expect(try bench.network("e") == bench.network("a"))
  }

  @Test func numbersOfValuesInAFileAreKnownBeforeTheRun() throws {
    let folder = try TestFolder()
    let file = folder.file("nets.h5")
    try CommandBench().run(nets + "save [a, b] '\(file)'")
    let bench = CommandBench()
    let failure = try bench.failure(of: "x = 1\na, b, c = load '\(file)'")
    #expect(failure.code == .countMismatch)
    #expect(bench.session.value(named: "x") == nil, "nothing ran")
  }

  @Test func idxPairsAreLoadedWithAndWithoutNormalization() throws {
    let folder = try TestFolder()
    try folder.writeIDX(images: [UInt8](0..<32), count: 8, labels: [0, 1, 2, 0, 1, 2, 0, 1])
    let bench = CommandBench()
    let path = folder.file("set-images-idx3-ubyte")
    try bench.run(
      "a = load '\(path)'\nb = load '\(path)' normalize=no\nc = load '\(path)' samples=3")
    #expect(try bench.data("a").sampleShape == [1, 2, 2])
    #expect(try bench.data("a").normalization != nil)
    #expect(try bench.data("b").normalization == nil)
    #expect(try bench.data("b").inputs[31] == 31 / 255)
    #expect(try bench.data("c").count == 3)
    let call = try #require(bench.session.value(named: "a")?.provenance.call)
    #expect(call.files.count == 2 && call.files.allSatisfy { $0.path.hasSuffix("ubyte") })
  }

  // MARK: - Bad files

  @Test func damagedIdxFilesGetASentence() throws {
    let folder = try TestFolder()
    let images = folder.file("set-images-idx3-ubyte")
    let labels = folder.file("set-labels-idx1-ubyte")
    func expectFails(_ code: FailureCode, _ part: String) throws {
      let failure = try CommandBench().failure(of: "a = load '\(images)'")
      #expect(failure.code == code, "\(failure)")
      #expect(failure.description.contains(part), "\(failure)")
    }
    try expectFails(.fileNotFound, images)
    try folder.writeIDX(images: [UInt8](repeating: 3, count: 32), count: 8, labels: [0, 1, 2])
    try expectFails(.shapeMismatch, "8 images")
    try folder.writeIDX(images: [], count: 0, labels: [])
    try expectFails(.badData, "no samples")
    try folder.writeIDX(images: [UInt8](repeating: 3, count: 32), count: 8, labels: [1, 1, 1, 1])
    try Data(contentsOf: URL(fileURLWithPath: images)).dropLast(5)
      .write(to: URL(fileURLWithPath: images))
    try expectFails(.fileMalformed, "27 are there")
    try Data([0, 0, 0x42, 3, 1, 2, 3]).write(to: URL(fileURLWithPath: images))
    try expectFails(.unsupportedFormat, images)
    try FileManager.default.removeItem(atPath: labels)
    try folder.writeIDX(images: [UInt8](repeating: 3, count: 32), count: 8, labels: nil)
    try expectFails(.fileNotFound, "labels")
  }

  @Test func filesThatAreNotWhatTheyShouldBeGetASentence() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    try bench.run(nets + "save a '\(folder.file("a.h5"))'\nsave p '\(folder.file("p.npz"))'")
    let whole = try Data(contentsOf: URL(fileURLWithPath: folder.file("a.h5")))
    try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: folder.file("half.h5")))
    try Data("just text".utf8).write(to: URL(fileURLWithPath: folder.file("text.h5")))
    try Data("{\"a\": 1}".utf8).write(to: URL(fileURLWithPath: folder.file("other.json")))
    try Data().write(to: URL(fileURLWithPath: folder.file("empty.npz")))
    let cases: [(String, FailureCode, String)] = [
      ("half.h5", .fileMalformed, "half.h5"), ("text.h5", .unsupportedFormat, "text.h5"),
      ("other.json", .fileMalformed, "permutations"), ("empty.npz", .fileMalformed, "empty"),
      ("none.h5", .fileNotFound, "none.h5"),
    ]
    for (name, code, part) in cases {
      let failure = try CommandBench().failure(of: "x = load '\(folder.file(name))'")
      #expect(failure.code == code, "\(name): \(failure)")
      #expect(failure.description.contains(part), "\(name): \(failure)")
    }
    let samples = try CommandBench().failure(
      of: "x = load '\(folder.file("a.h5"))' samples=5")
    #expect(samples.code == .unknownArgument)
  }

  // Each of these said less than it knew, or something that was not so.
  @Test func filesThatAreNoneSayWhatIsLookedFor() throws {
    let folder = try TestFolder()
    let empty = try CommandBench().failure(of: "x, y = load '\(folder.path)'")
    #expect(empty.notes.first?.contains("train-images-idx3-ubyte, train-labels-idx1") == true)
    try Data([9, 9, 9, 9]).write(to: URL(fileURLWithPath: folder.file("train-images-idx3-ubyte")))
    let bad = try CommandBench().failure(
      of: "x = load '\(folder.file("train-images-idx3-ubyte"))'")
    #expect(bad.notes.contains { $0.contains("idx") })
    var file = ArrayFile()
    file.arrays = [
      NamedArray(name: "0.weight", shape: [1, 1], floats: [.nan]),
      NamedArray(name: "0.bias", shape: [1], floats: [0]),
    ]
    try file.write(to: folder.file("torch.safetensors"))
    let weight = try CommandBench().failure(
      of: "x = load '\(folder.file("torch.safetensors"))'")
    #expect(weight.message.contains("`0.weight` holds a value that is not a finite number"))
  }

  /// A checkpoint of PyTorch's, with what lies beside its network, and back under the names of there.
  @Test func networksOfPyTorchComeInAndGoBack() throws {
    let folder = try TestFolder()
    let fixture = { (name: String) in
      URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Fixtures/\(name)").path
    }
    let bench = CommandBench()
    try bench.run(
      """
      a = load '\(fixture("torch_checkpoint.pt"))' shape=[1, 2, 2]
      save (shuffle a seed=4) '\(folder.file("back.pt"))'
      b = load '\(folder.file("back.pt"))'
      t = peek '\(folder.file("back.pt"))'
      """)
    #expect(
      bench.host.notes == [
        "not read of \(fixture("torch_checkpoint.pt")): epoch, optimizer, loss, scale"
      ])
    #expect(try bench.network("a").graph.inputShape == [1, 2, 2])
    #expect(try bench.network("b").graph == bench.network("a").graph)
    #expect(try bench.network("b") != bench.network("a"))
    #expect(
      try bench.table("t").rows.map { $0[0] } == [
        .text("0.weight"), .text("0.bias"), .text("2.weight"), .text("2.bias"),
      ])
    let refused = try CommandBench().failure(of: "x = load '\(fixture("torch_system.pt"))'")
    #expect(refused.code == .unsupportedFormat)
    #expect(refused.message.contains("asks for `os.system`"))
  }

  @Test func unknownDataSetsAreAskedBack() throws {
    let near = try CommandBench().failure(of: "train, test = load fasion_mnist")
    #expect(near.code == .fileNotFound)
    #expect(near.notes == ["did you mean `fashion_mnist`?"])
    let far = try CommandBench().failure(of: "train, test = load imagenet")
    #expect(
      far.notes == [
        "data sets with names: fashion_mnist mnist cifar10 cifar100 svhn tiny_images"
      ])
  }

  @Test func whatCannotBeWrittenLeavesTheOldFileWhole() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    let file = folder.file("a.h5")
    try bench.run(nets + "save a '\(file)'")
    let before = try Data(contentsOf: URL(fileURLWithPath: file))
    #expect(try bench.failure(of: "save a '\(folder.path)'").code == .unsupportedFormat)
    #expect(try bench.failure(of: "save a '\(file)/below.h5'").code == .writeFailed)
    #expect(try bench.failure(of: "save a '\(folder.file("a.docx"))'").code == .unsupportedFormat)
    #expect(try bench.failure(of: "save a '\(folder.file("a.npy"))'").code == .unsupportedFormat)
    #expect(try bench.failure(of: "save 5 '\(file)'").code == .wrongKind)
    #expect(try bench.failure(of: "save [train, a] '\(file)'").code == .wrongKind)
    #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == before)
  }

  @Test(arguments: [
    ("make moons", FailureCode.badChoice), ("make blobs classes=1", .outOfRange),
    ("make spirals dimension=1", .badData), ("make blobs classes=10 samples=5", .badData),
    ("split train share=100%", .badData), ("split train share=0", .badData),
    ("split train share=2", .outOfRange),
  ])
  func badInputGetsASentence(line: String, code: FailureCode) throws {
    let failure = try CommandBench().failure(of: "train, test = make blobs samples=20\n" + line)
    #expect(failure.code == code, "\(failure)")
  }
}

extension TestFolder {
  /// A pair of idx files `set-…` of images of 2×2; `labels` of `nil` writes none.
  func writeIDX(images: [UInt8], count: Int, labels: [UInt8]?) throws {
    func extent(_ value: Int) -> [UInt8] { [0, 0, UInt8(value >> 8), UInt8(value & 255)] }
    let header: [UInt8] = [0, 0, 8, 3] + extent(count) + extent(2) + extent(2)
    try Data(header + images).write(to: URL(fileURLWithPath: file("set-images-idx3-ubyte")))
    guard let labels else { return }
    try Data([0, 0, 8, 1] + extent(labels.count) + labels)
      .write(to: URL(fileURLWithPath: file("set-labels-idx1-ubyte")))
  }
}
