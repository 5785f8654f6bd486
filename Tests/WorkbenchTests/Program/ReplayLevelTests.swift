import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// Kernels are chosen for a whole process, so each of these runs the program itself.
@Suite struct ReplayLevelTests {
  private let lines = """
    train, test = make blobs samples=1000 dimension=20 classes=6 noise=2.5
    a, b = train mlp width=32 data=train epochs=8 count=2
    f = search fd a b data=train
    p = search sa2 a b data=train steps=500 start=weight_match
    e = barrier a b data=test
    t = compare f p data=test

    """

  /// Whether this machine has the kernels of both levels.
  private static let hasBoth: Bool = {
    guard let folder = try? TestFolder(),
      let run = try? ProgramRun(["--cpu=v4", "-c", "x = 1"], in: folder)
    else { return false }
    return run.status == 0
  }()

  private func save(at level: String, in folder: TestFolder, _ before: String = "") throws -> String
  {
    let name = "\(level)\(before.isEmpty ? "" : "_after").basin"
    let run = try ProgramRun(
      ["--cpu=\(level)", "-c", before + lines + "save session '\(name)'"], in: folder)
    #expect(run.status == 0, "\(run.notes)")
    return try String(contentsOfFile: folder.file(name), encoding: .utf8)
  }

  @Test(.enabled(if: hasBoth)) func theRecordedLevelIsTaken() throws {
    let folder = try TestFolder()
    let (three, four) = (try save(at: "v3", in: folder), try save(at: "v4", in: folder))
    #expect(three.contains("| Haswell v"))
    #expect(four.contains("| SkylakeX v"))
    for arguments in [["--cpu=v4", "replay", "v3.basin"], ["--cpu=v4", "-c", "replay v3.basin"]] {
      var words = arguments
      if words[1] == "replay" { words = ["replay", "--cpu=v4", "v3.basin"] }
      let run = try ProgramRun(words, in: folder)
      #expect(run.status == 0, "\(run.notes)")
      #expect(run.results.contains("on the recorded numeric level Haswell v"))
      #expect(run.results.contains(" direct-v3, in place of SkylakeX v"))
      #expect(run.results.contains("replay: 8 same, 0 different"), "\(run.results)")
    }
  }

  @Test(.enabled(if: hasBoth)) func onAnotherLevelTheMetricsDecide() throws {
    let folder = try TestFolder()
    _ = try save(at: "v3", in: folder)
    _ = try save(at: "v4", in: folder)
    for words in [
      // AVX-512 may not be taken where the level is capped below it.
      ["replay", "--cpu=v3", "v4.basin"], ["replay", "--cpu=v4", "v3.basin", "level=here"],
    ] {
      let run = try ProgramRun(words, in: folder)
      #expect(run.status == 0, "\(run.results) \(run.notes)")
      #expect(run.results.contains("compared by the tolerance of its metric"))
      #expect(run.results.contains("a      shape") && run.results.contains("e      close"))
      #expect(run.results.contains("train  same"))
    }
    // A number that is too far away is different all the same.
    let text = try String(contentsOfFile: folder.file("v4.basin"), encoding: .utf8)
    let wrong = text.replacing(/(?m)^#= > 0\.0/) { _ in "#= > 0.9" }
    #expect(wrong != text)
    try wrong.write(toFile: folder.file("v4.basin"), atomically: true, encoding: .utf8)
    #expect(try ProgramRun(["replay", "--cpu=v3", "v4.basin"], in: folder).status == 1)
  }

  /// After a replay on another level the session goes on with its own bits.
  @Test(.enabled(if: hasBoth)) func theSessionsOwnLevelComesBack() throws {
    let folder = try TestFolder()
    _ = try save(at: "v3", in: folder)
    let alone = try save(at: "v4", in: folder)
    let after = try save(at: "v4", in: folder, "replay v3.basin\n")
    #expect(alone == after)
  }

  /// The process of a plugin that waits was started on the session's level, not on the recorded one.
  @Test(
    .enabled(if: hasBoth), .enabled(if: ProgramTest.hasPython, "there is no python3 with numpy"))
  func pluginsComputeOnTheRecordedLevel() throws {
    let folder = try TestFolder()
    try """
    import os
    from basin_plugin import method, run
    @method(id="core", summary="tells the kernels", description="For tests.", cost_name="core")
    def core(task):
        core = os.environ["OPENBLAS_CORETYPE"]
        return task.result([task.identity] * 2, cost=["Haswell", "SkylakeX"].index(core))
    run()
    """.write(toFile: folder.file("core.py"), atomically: true, encoding: .utf8)
    let lines = """
      plugin load core.py
      train, test = make blobs samples=50
      a, b = train mlp width=4 data=train count=2
      p = search core a b

      """
    let saved = try ProgramRun(
      ["--cpu=v3", "-c", lines + "expect p.cost == 0\nsave session v3.basin"], in: folder)
    #expect(saved.status == 0, "\(saved.notes)")
    let run = try ProgramRun(
      [
        "--cpu=v4", "-c",
        lines + "expect p.cost == 1\nreplay v3.basin\nq = search core a b\nexpect q.cost == 1",
      ], in: folder)
    #expect(run.status == 0, "\(run.results)\(run.notes)")
    #expect(run.results.contains(" same, 0 different"), "\(run.results)")
  }

  @Test func aLevelThatDoesNotExistIsRefused() throws {
    let run = try ProgramRun(["--cpu=v9", "-c", "x = 1"], in: try TestFolder())
    #expect(run.status == 2)
    #expect(run.notes.contains("'v3' and 'v4'"))
  }

  /// How convolutions are computed is part of the level: a replay takes what the session was saved with.
  @Test func theRecordedConvolutionsAreTaken() throws {
    let folder = try TestFolder()
    try images(in: folder)
    let lines = """
      d = load images.npz
      a, b = train shallow_cnn width=16 data=d epochs=1 batch=20 count=2
      e = barrier a b data=d points=3

      """
    var saved: [String] = []
    for (method, other) in [("direct", "im2col"), ("winograd", "direct"), ("im2col", "winograd")] {
      let file = "\(method).basin"
      let run = try ProgramRun(
        ["--convolution=\(method)", "-c", lines + "save session \(file)"], in: folder)
      #expect(run.status == 0, "\(run.notes)")
      let text = try String(contentsOfFile: folder.file(file), encoding: .utf8)
      #expect(text.contains(" \(method)\(method == "im2col" ? "" : "-v")"))
      // The receipt of the networks: their bits.
      saved.append(text.split(separator: "\n").filter { $0.hasPrefix("#=") }.joined())
      let replay = try ProgramRun(["replay", "--convolution=\(other)", file], in: folder)
      #expect(replay.status == 0, "\(replay.results)\(replay.notes)")
      #expect(replay.results.contains("on the recorded numeric level"))
      #expect(replay.results.contains(" same, 0 different"), "\(replay.results)")
      let here = try ProgramRun(
        ["replay", "--convolution=\(other)", file, "level=here"], in: folder)
      #expect(here.status == 0, "\(here.results)\(here.notes)")
      #expect(here.results.contains("compared by the tolerance of its metric"))
    }
    #expect(Set(saved).count == 3)
  }

  private func images(in folder: TestFolder) throws {
    let data = smallImages(samples: 60, shape: [1, 8, 8])
    let file = ArrayFile(arrays: [
      NamedArray(name: "x", shape: data.inputs.shape, floats: data.inputs.values),
      NamedArray(name: "y", shape: [data.count], octets: data.labels),
    ])
    try file.write(to: folder.file("images.npz"))
  }

  @Test func aMethodThatDoesNotExistIsRefused() throws {
    let folder = try TestFolder()
    let run = try ProgramRun(["--convolution=fft", "-c", "x = 1"], in: folder)
    #expect(run.status == 2)
    #expect(run.notes.contains("'direct', 'winograd' or 'im2col'"), "\(run.notes)")
  }

  @Test func aLevelIsReadAsItIsWritten() {
    let level = NumericLevel.current
    #expect(NumericLevel("\(level)") == level)
    #expect(NumericLevel("SkylakeX v4")?.convolution == .im2col)
    #expect(NumericLevel("SkylakeX v4 winograd-v3")?.convolution.vectorLevel == 3)
    for text in [
      "f32", "SkylakeX", "SkylakeX 4", "SkylakeX v", "a b c", "", "SkylakeX v4 direct",
      "SkylakeX v4 fft-v4", "SkylakeX v4 im2col-v4", "SkylakeX v4 direct-v4 x",
    ] {
      #expect(NumericLevel(text) == nil)
    }
  }
}
