import Foundation
import Kernel
import Synchronization

/// What the rows share: the data, the trained networks, the number of threads.
final class Workplace: Sendable {
  /// Where the trained networks lie.
  let folder: String
  /// The threads of the shared pool.
  let threads: Int
  private let loaded = Mutex<KnownDataSet.Pair?>(nil)

  init(folder: String, threads: Int) {
    self.folder = folder
    self.threads = threads
    WorkPool.configureShared(threadCount: threads)
  }

  /// Fashion-MNIST, read at the first call.
  func data() throws(Failure) -> KnownDataSet.Pair {
    if let pair = loaded.withLock({ $0 }) { return pair }
    let pair = try KnownDataSet.fashionMNIST.load()
    loaded.withLock { $0 = pair }
    return pair
  }

  /// Where trained networks lie, or will lie.
  func path(of pair: TrainedPair) -> String {
    URL(fileURLWithPath: "\(folder)/\(pair.name).npz").path
  }

  /// Trained networks, from their file; trained and written first where there is none.
  func networks(_ pair: TrainedPair) throws(Failure) -> [Network] {
    let path = path(of: pair)
    if FileContent.exists(path) { return try NetworkFile.read(path) }
    let data = try data().train
    let trained = try pair.train(pair.fresh(for: data), on: data).map(\.network)
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw Failure(.writeFailed, "the folder `\(folder)` cannot be made: \(error)")
    }
    try NetworkFile.write(trained, to: path)
    return trained
  }
}
