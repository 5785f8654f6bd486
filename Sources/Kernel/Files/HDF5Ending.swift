import Glibc

/// How the process that read an HDF5 file ended, asked where its records stop before their end.
struct HDF5Ending: Hashable, Sendable {
  /// The signal that ended it, or 0.
  var signal: Int32
  /// What it exited with, where no signal ended it; -1 where the system does not tell.
  var status: Int32

  /// Why the file could not be read: only a crash of the library says that the file is damaged.
  func failure(reading source: String) -> Failure {
    switch signal {
    case 0 where status == 1:
      Failure(
        .outOfMemory, "`\(source)` cannot be read: the system gives no memory for its arrays")
    case SIGKILL:
      Failure(
        .outOfMemory, "`\(source)` cannot be read: the system ended the process that read it",
        notes: ["it does so where memory is short"])
    case SIGXFSZ:
      Failure(
        .outOfMemory, "`\(source)` cannot be read: a limit on the size of files is too low for it",
        notes: ["`ulimit -f` shows the limit"])
    case SIGXCPU, SIGALRM:
      Failure(
        .fileMalformed, "`\(source)` could not be read through in the time for a file of its size",
        notes: ["it is damaged, or the machine is very busy: then try again"])
    case SIGTERM, SIGHUP, SIGINT, SIGQUIT:
      Failure(.stopped, "reading `\(source)` was stopped by signal \(signal)")
    default:
      Failure(
        .fileMalformed, "`\(source)` is damaged: the HDF5 library cannot read it through",
        notes: ["HDF5: it crashed, or wrote what makes no sense"])
    }
  }
}
