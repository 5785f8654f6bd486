// The HDF5 library has one global state and is not thread-safe as Debian builds it: every call
// is made while `HDF5Library.use` holds the one lock. Only the files named HDF5… import it.

internal import CHDF5
import Synchronization

/// The HDF5 library, behind its lock.
public enum HDF5Library {
  /// Whether the library was started.
  private static let isStarted = Mutex(false)

  /// Runs `body` while no one else uses the library.
  static func use<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    // The result comes out of the lock by a variable: the lock protects the library, not it.
    var result: Result?
    try isStarted.withLock { (isStarted) throws(Failure) in
      if !isStarted {
        guard H5open() >= 0 else {
          throw Failure(.unsupportedFormat, "the HDF5 library could not be started")
        }
        isStarted = true
      }
      // Errors become sentences of ours instead of a stack on standard error. Some builds keep
      // this setting for each thread.
      guard basin_h5_be_silent() >= 0 else {
        throw Failure(.unsupportedFormat, "the HDF5 library could not be silenced")
      }
      _ = basin_h5_clear_errors()
      result = try body()
    }
    guard let result else { preconditionFailure("the lock ran nothing") }
    return result
  }

  /// The library's innermost explanation of what failed last.
  static var lastError: String {
    let size = 256
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
      guard let base = buffer.baseAddress else { return "" }
      basin_h5_describe_error(base)
      let text = String(cString: base)
      return text.isEmpty ? "no reason was given" : text
    }
  }

  /// The version of the library in use, such as `1.10.8`; throws where it cannot be started.
  public static var version: String {
    get throws(Failure) {
      try use { () throws(Failure) in
        var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
        guard H5get_libversion(&major, &minor, &release) >= 0 else {
          throw Failure(.unsupportedFormat, "the HDF5 library does not tell its version")
        }
        return "\(major).\(minor).\(release)"
      }
    }
  }
}

/// An open thing of the library that is written to, released at the end of its scope.
struct HDF5Handle: ~Copyable {
  let id: hid_t

  /// Takes over what a call returned.
  ///
  /// - Parameter what: What was tried, for the message: `group "weights" cannot be opened`.
  init(_ id: hid_t, _ what: @autoclosure () -> String) throws(Failure) {
    guard id >= 0 else {
      throw Failure(.writeFailed, what(), notes: ["HDF5: \(HDF5Library.lastError)"])
    }
    self.id = id
  }

  deinit { H5Idec_ref(id) }
}

/// Throws unless a call of the library that writes succeeded.
func checkHDF5(_ status: herr_t, _ what: @autoclosure () -> String) throws(Failure) {
  guard status >= 0 else {
    throw Failure(.writeFailed, what(), notes: ["HDF5: \(HDF5Library.lastError)"])
  }
}
