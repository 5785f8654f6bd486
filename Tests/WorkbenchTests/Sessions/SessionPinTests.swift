import Foundation
import TestSupport
import Testing

@testable import Workbench

@Suite struct SessionPinTests {
  private func pins(of bench: CommandBench, _ folder: TestFolder) throws -> [String] {
    try bench.run("save session '\(folder.file("s.basin"))'\n")
    return try String(contentsOfFile: folder.file("s.basin"), encoding: .utf8)
      .split(separator: "\n").map(String.init).filter { $0.hasPrefix("#@") }
  }

  /// Methods that ran only in cells, or only to find where a search begins, were not pinned.
  @Test func methodsInsideOthersArePinned() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    try bench.run(
      """
      train, test = make blobs samples=100
      a, b = train mlp width=4 data=train epochs=1 count=2
      t = sweep m in [fd, (method sa2 steps=20 start=random)] {
        r = search m a b data=train
        row c=r.cost
      }
      p = search sa2 a b data=train steps=20 start=weight_match

      """)
    let methods = try pins(of: bench, folder).filter { $0.hasPrefix("#@ method ") }
    #expect(Set(methods) == ["#@ method fd 1", "#@ method sa2 1", "#@ method weight_match 1"])
    #expect(methods.count == 3)
  }

  /// What ran in the arguments of `row` was not pinned.
  @Test func methodsInARowArePinned() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    try bench.run(
      """
      train, test = make blobs samples=100
      a, b = train mlp width=4 data=train epochs=1 count=2
      t = sweep m in [fd, weight_match] { row c=(search m a b data=train).steps }

      """)
    let methods = try pins(of: bench, folder).filter { $0.hasPrefix("#@ method ") }
    #expect(methods == ["#@ method fd 1", "#@ method weight_match 1"])
  }

  /// What a sweep first reads after it was stopped and gone on with was not pinned.
  @Test func filesThatAreReadAfterAResumeArePinned() throws {
    let folder = try TestFolder()
    let files = ["x", "y"].map { folder.file("\($0).npz") }
    try CommandBench().run(
      "train, test = make blobs samples=100\nsave train '\(files[0])'\nsave test '\(files[1])'\n")
    let bench = CommandBench(threads: 1)
    bench.host.stopping = ("train", afterReports: 0)
    try bench.run(
      """
      t = sweep f in ["\(files[0])", "\(files[1])"] {
        d = load (f)
        n = train mlp width=4 data=d epochs=1
        row error=(eval n data=d).error
      }

      """)
    bench.host.stopping = nil
    try bench.run("t = resume t\n")
    let inputs = try pins(of: bench, folder).filter { $0.hasPrefix("#@ input ") }
    for file in files { #expect(inputs.contains { $0.hasPrefix("#@ input \(file) | sha256:") }) }
  }

  @Test func aScriptThatIsRunIsAnInput() throws {
    let folder = try TestFolder()
    let path = folder.file("job.basin")
    try "y = 3\n".write(toFile: path, atomically: true, encoding: .utf8)
    let bench = CommandBench()
    try bench.run("run '\(path)'\n")
    #expect(try pins(of: bench, folder).contains { $0.hasPrefix("#@ input \(path) | sha256:") })
  }

  /// MNIST's four files with a few samples of 2 × 2.
  private func writeImages(in folder: String, mark: UInt8 = 1) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for part in ["train", "t10k"] {
      let pixels = (0..<80).map { UInt8($0 * 3) &* mark }
      let images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 20, 0, 0, 0, 2, 0, 0, 0, 2] + pixels
      let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 20] + (0..<20).map { UInt8($0 % 10) }
      for (name, bytes) in [("images-idx3", images), ("labels-idx1", labels)] {
        try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/\(part)-\(name)-ubyte"))
      }
    }
  }

  @Test func aKnownDataSetIsPinnedByItsName() throws {
    let folder = try TestFolder()
    let (here, there) = (folder.file("here"), folder.file("there"))
    try writeImages(in: here + "/mnist")
    try writeImages(in: there + "/MNIST")
    let line = "train, test = load mnist; a = train mlp width=4 data=train epochs=1; "
    let run = try ProgramRun(
      ["-c", line + "save session s.basin"], in: folder, environment: ["BASIN_DATA": here])
    #expect(run.status == 0, "\(run.notes)")
    let text = try String(contentsOfFile: folder.file("s.basin"), encoding: .utf8)
    #expect(text.contains("#@ data mnist train-images-idx3-ubyte | sha256:"))
    #expect(!text.contains(here))
    let again = try ProgramRun(
      ["replay", "s.basin"], in: folder, environment: ["BASIN_DATA": there])
    #expect(again.status == 0, "\(again.notes)")
    #expect(again.results.contains("replay: 3 same"), "\(again.results)")
    // Other bytes are named before anything runs.
    try writeImages(in: there + "/MNIST", mark: 3)
    let other = try ProgramRun(
      ["replay", "s.basin"], in: folder, environment: ["BASIN_DATA": there])
    #expect(other.status == 3)
    #expect(other.notes.contains("`train-images-idx3-ubyte` of `mnist` is another file"))
    #expect(other.results.isEmpty)
    // So is a set that lies here in other files.
    try FileManager.default.moveItem(
      atPath: there + "/MNIST/train-images-idx3-ubyte",
      toPath: there + "/MNIST/train-images.idx3-ubyte")
    let moved = try ProgramRun(
      ["replay", "s.basin"], in: folder, environment: ["BASIN_DATA": there])
    #expect(moved.status == 3)
    #expect(moved.notes.contains("there is no `train-images-idx3-ubyte`"))
  }
}
