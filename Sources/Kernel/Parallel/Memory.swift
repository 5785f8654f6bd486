import Foundation
import Synchronization

/// How much memory large caches may take, counted before it is taken.
public enum Memory {
  /// The limit in bytes for all together: half of what the machine has, or of the control group's
  /// limit where that is less.
  public static let wholeLimit: Int =
    min(Int(ProcessInfo.processInfo.physicalMemory), cgroupLimit()) / 2

  /// How many pieces of work share the limit.
  private static let sharers = Atomic<Int>(1)

  /// The limit in bytes for one piece of work.
  ///
  /// It decides whether work is taken on at all and never how it is done: what is computed may not
  /// depend on it.
  public static var limit: Int { wholeLimit / sharers.load(ordering: .relaxed) }

  /// Divides the limit among as many pieces of work that run side by side.
  public static func share(among count: Int) {
    precondition(count >= 1, "memory shared by \(count)")
    sharers.store(count, ordering: .relaxed)
  }

  /// Throws where something would take more than the limit.
  ///
  /// - Parameters:
  ///   - purpose: What would take it, as in "the activations of 5 networks".
  ///   - advice: What to do instead.
  public static func check(
    _ bytes: Int, limit: Int = limit, for purpose: String, advice: String
  ) throws(Failure) {
    guard bytes > limit else { return }
    throw Failure(
      .outOfMemory,
      "\(purpose) would take \(text(bytes)), and at most \(text(limit)) may be taken",
      notes: [advice])
  }

  /// The product of some sizes; where it is larger than any number, the largest there is.
  public static func bytes(_ sizes: Int...) -> Int {
    var product = 1
    for size in sizes {
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      if overflow { return Int.max }
      product = next
    }
    return product
  }

  /// `1.5 GB`.
  public static func text(_ bytes: Int) -> String {
    let units = ["bytes", "KB", "MB", "GB", "TB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return unit == 0 ? "\(bytes) bytes" : String(format: "%.1f %@", value, units[unit])
  }

  private static func cgroupLimit() -> Int {
    for path in ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"] {
      guard FileManager.default.isReadableFile(atPath: path),
        let data = FileManager.default.contents(atPath: path)
      else { continue }
      let text = String(decoding: data, as: UTF8.self)
      if let bytes = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) { return bytes }
    }
    return Int.max
  }
}
