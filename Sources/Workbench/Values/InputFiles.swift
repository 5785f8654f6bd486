/// The files that calls read, without those that calls before them wrote: these are there again when
/// the calls are made again.
struct InputFiles: Sendable {
  private var known: Set<CallRecord.FilePin> = []
  /// In quotes, as paths stand in a call's parameters.
  private var written: Set<String> = []

  /// Takes one call in; gives the files that it is the first to read.
  mutating func add(_ call: CallRecord, lexicon: Lexicon) -> [CallRecord.FilePin] {
    let new = call.files.filter {
      !written.contains(Content.quoted($0.path)) && known.insert($0).inserted
    }
    let writes = lexicon.command(call.verb)?.writes ?? []
    written.formUnion(call.parameters.filter { writes.contains($0.name) }.map(\.text))
    return new
  }
}
