import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct SafeWriteTests {
  private struct Stop: Error {}

  private func names(in folder: TestFolder) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  @Test func writesAndReplaces() throws {
    let folder = try TestFolder()
    let path = folder.file("a.txt")
    try SafeWrite.text("one", to: path)
    try SafeWrite.text("two, longer", to: path)
    #expect(try FileContent.read(path) == Array("two, longer".utf8))
    #expect(try names(in: folder) == ["a.txt"])
  }

  @Test func largePiecesArriveInOrder() throws {
    let folder = try TestFolder()
    let small = [UInt8](repeating: 1, count: 10)
    let large = [UInt8](repeating: 2, count: 3 << 20)
    try SafeWrite.file(at: folder.file("a")) { (writer) throws(Failure) in
      try writer.write(small)
      try writer.write(large)
      try writer.write(small)
      #expect(writer.offset == (3 << 20) + 20)
    }
    #expect(try FileContent.read(folder.file("a")) == small + large + small)
  }

  @Test func aFailureInBetweenLeavesTheOldFileWhole() throws {
    let folder = try TestFolder()
    let path = folder.file("a.txt")
    try SafeWrite.text("old", to: path)
    let failure = Failure(.badData, "half-way")
    #expect(
      Fixture.failure {
        try SafeWrite.file(at: path) { (writer) throws(Failure) in
          try writer.write("new")
          throw failure
        }
      } == failure)
    #expect(
      Fixture.failure {
        try SafeWrite.path(path) { (temporary) throws(Failure) in
          try SafeWrite.text("new", to: temporary)
          throw failure
        }
      } == failure)
    #expect(try FileContent.read(path) == Array("old".utf8))
    #expect(try names(in: folder) == ["a.txt"])
  }

  @Test func pathsAreGivenToThoseWhoNeedThem() throws {
    let folder = try TestFolder()
    try SafeWrite.path(folder.file("a")) { (temporary) throws(Failure) in
      try SafeWrite.text("by path", to: temporary)
    }
    #expect(try FileContent.read(folder.file("a")) == Array("by path".utf8))
    // A closure that leaves nothing is found out.
    #expect(Fixture.failure { try SafeWrite.path(folder.file("b")) { _ in } }?.code == .writeFailed)
    #expect(try names(in: folder) == ["a"])
  }

  @Test func keepsLinksAndPermissions() throws {
    let folder = try TestFolder()
    try SafeWrite.text("old", to: folder.file("target"))
    #expect(chmod(folder.file("target"), 0o640) == 0)
    #expect(symlink(folder.file("target"), folder.file("link")) == 0)
    try SafeWrite.text("new", to: folder.file("link"))
    #expect(try FileContent.read(folder.file("target")) == Array("new".utf8))
    var status = stat()
    #expect(lstat(folder.file("link"), &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(stat(folder.file("target"), &status) == 0 && status.st_mode & 0o777 == 0o640)
  }

  @Test func saysWhyAFileCannotBeWritten() throws {
    let folder = try TestFolder()
    #expect(
      Fixture.failure { try SafeWrite.text("a", to: folder.file("none/a")) }
        == Failure(
          .writeFailed,
          "`\(folder.file("none/a"))` could not be written: there is no folder "
            + "`\(folder.file("none"))`",
          notes: ["nothing was left behind"]))
    #expect(
      Fixture.failure { try SafeWrite.text("a", to: folder.path) }?.message
        == "`\(folder.path)` could not be written: it is a folder")
    #expect(Fixture.failure { try SafeWrite.text("a", to: "") }?.code == .writeFailed)
    #expect(Fixture.failure { try SafeWrite.text("a", to: "/proc/none") }?.code == .writeFailed)
  }

  /// A file system of 64 KiB at `path`; false where this process may not make one.
  static func mountSmall(_ path: String) -> Bool {
    mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0
  }

  static let canMount: Bool = {
    guard let folder = try? TestFolder(), mountSmall(folder.path) else { return false }
    return umount(folder.path) == 0
  }()

  @Test(
    .enabled(if: canMount, "this process may not mount a small file system"),
    arguments: ["a.h5", "a.npz", "a.safetensors", "a.npy"])
  func aFullDiskLeavesTheOldFileWhole(name: String) throws {
    let folder = try TestFolder()
    #expect(Self.mountSmall(folder.path))
    defer { #expect(umount(folder.path) == 0) }
    let path = folder.file(name)
    let small = ArrayFile(arrays: [NamedArray(name: "array", shape: [6], floats: Fixture.half)])
    try small.write(to: path)
    let old = try FileContent.read(path)
    let numbers = [Float](repeating: 1, count: 50_000)
    let large = ArrayFile(arrays: [NamedArray(name: "array", shape: [50_000], floats: numbers)])
    #expect(
      Fixture.failure { try large.write(to: path) }
        == Failure(
          .writeFailed, "`\(path)` could not be written: the disk is full",
          notes: ["the old file is as it was"]))
    #expect(try FileContent.read(path) == old)
    #expect(try names(in: folder) == [name])
    // There is room again.
    try small.write(to: path)
  }
}
