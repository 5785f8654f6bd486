import Foundation
import Kernel

/// The files that calls read, without those that calls before them wrote: these are there again when
/// the calls are made again.
struct InputFiles: Sendable {
  private var known: Set<CallRecord.FilePin> = []
  private var written: Set<String> = []

  /// Takes one call in; gives the files that it is the first to read.
  mutating func add(_ call: CallRecord) -> [CallRecord.FilePin] {
    let new = call.files.filter {
      !written.contains($0.path.standardPath) && known.insert($0).inserted
    }
    written.formUnion(call.written.map(\.standardPath))
    return new
  }
}

extension String {
  /// The one way to write the path: `./a.h5` and `x/../a.h5` are `a.h5` in the folder one works in.
  var standardPath: String { URL(fileURLWithPath: self).standardizedFileURL.path }
}
