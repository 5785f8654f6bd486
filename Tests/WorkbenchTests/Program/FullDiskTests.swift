import Foundation
import TestSupport
import Testing

@testable import Workbench

/// Every kind of file is written to a disk that is full: a small one in a name space of its own.
@Suite struct FullDiskTests {
  /// Whether this machine lets a process mount a disk of its own.
  static let canMount: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
    process.arguments = ["-rm", "sh", "-c", "mount -t tmpfs -o size=64k none /mnt"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  /// Runs lines of a shell where `$FULL` is a disk of 600 KB, `fill` leaves nothing free on it, and
  /// `basin` is the program.
  private func shell(_ lines: String) throws -> (status: Int32, text: String) {
    let script = """
      set -eu
      FULL='\(folder.file("full"))'; mkdir -p "$FULL"
      mount -t tmpfs -o size=600k none "$FULL"
      cd "$FULL"
      fill() { cat /dev/zero > filler 2>/dev/null || true; }
      basin() { '\(ProgramRun.executable.path)' "$@" --plain; }
      \(lines)
      """
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
    process.arguments = ["-rm", "sh", "-c", script]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    var environment = ProcessInfo.processInfo.environment
    environment["HOME"] = folder.path
    environment["BASIN_CHECKPOINT_SECONDS"] = "0.01"
    process.environment = environment
    let out = folder.file("out")
    _ = FileManager.default.createFile(atPath: out, contents: nil)
    let handle = FileHandle(forWritingAtPath: out)
    process.standardOutput = handle
    process.standardError = handle
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    return (process.terminationStatus, try String(contentsOfFile: out, encoding: .utf8))
  }

  private let lines = """
    train, test = make blobs samples=300 dimension=20 noise=4
    a, b = train mlp width=300 data=train epochs=2 count=2
    p = search weight_match a b
    t = compare p data=test
    c = curve a b data=test
    """

  private static let writes = [
    "save a old.h5", "save a old.npz", "save a old.safetensors", "save train old_data.h5",
    "save p old.json", "export c old.svg", "export c old.png", "export t old.csv",
    "export t old.md", "save session old.basin",
  ]

  @Test(
    .enabled(if: FullDiskTests.canMount, "no disk can be mounted here"), arguments: writes)
  func theOldFileStaysWholeAndTheSessionGoesOn(write: String) throws {
    let file = try #require(write.split(separator: " ").last)
    let run = try shell(
      """
      echo old > \(file)
      fill
      basin -c '\(lines)
      expect fails E0404 { \(write) }
      print "went on"'
      cat \(file); ls -A | tr '\\n' ' '
      """)
    #expect(run.status == 0, "\(run.text)")
    #expect(run.text.contains("went on"))
    #expect(run.text.hasSuffix("old\nfiller \(file) "), "\(run.text)")
  }

  @Test(.enabled(if: FullDiskTests.canMount, "no disk can be mounted here"))
  func aStateThatCannotBeKeptDoesNotEndTheWork() throws {
    let run = try shell(
      """
      fill
      basin -c '\(lines)
      d = train mlp width=300 data=train epochs=300 checkpoint=train.state
      q = search sa2 a b data=train steps=1M start=random checkpoint=search.state
      print "went on"'
      ls -A | tr '\\n' ' '
      """)
    #expect(run.status == 0, "\(run.text)")
    #expect(run.text.components(separatedBy: "the state was not kept: ").count == 3, "\(run.text)")
    #expect(run.text.contains("the disk is full"))
    #expect(run.text.hasSuffix("went on\nfiller "))
  }

  @Test(.enabled(if: FullDiskTests.canMount, "no disk can be mounted here"))
  func aJournalALogAndReceiptsOnAFullDisk() throws {
    let run = try shell(
      """
      printf 'x = 1\\n#= 2 | sha256:1234567890 | exact\\n' > s.basin
      cp s.basin before
      fill
      BASIN_SESSIONS="$FULL/sessions" basin --session one --log log -c 'x = 2; print x' || true
      basin replay s.basin update=yes || echo "status $?"
      cmp s.basin before && echo whole
      """)
    #expect(run.status == 0, "\(run.text)")
    #expect(run.text.contains("\n2\n"), "the session goes on: \(run.text)")
    #expect(run.text.contains("autosaved"), "\(run.text)")
    #expect(run.text.contains("the log cannot be written"), "\(run.text)")
    #expect(run.text.contains("`s.basin` could not be written: the disk is full"), "\(run.text)")
    #expect(run.text.hasSuffix("whole\n"))
  }
}
