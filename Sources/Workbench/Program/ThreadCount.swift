import Foundation
import Kernel

/// How many threads compute, and what decided that.
struct ThreadCount: Hashable, Sendable {
  var count: Int
  var reason: String

  /// The smallest of what was asked for, what the batch system gave, the affinity mask and the
  /// quota of the control group.
  ///
  /// - Parameter asked: `--threads`; it may not be more than the machine has, but where it is less
  ///   it decides.
  static func decide(
    asked: Int?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> ThreadCount {
    var limits = [ThreadCount(count: affinity, reason: "the affinity mask decided")]
    if let quota = controlGroupQuota {
      limits.append(ThreadCount(count: quota, reason: "the control group's quota decided"))
    }
    for name in Self.batchVariables {
      if let count = environment[name].flatMap({ Int($0) }), count > 0 {
        limits.append(ThreadCount(count: count, reason: "\(name) decided"))
      }
    }
    if let asked { limits.append(ThreadCount(count: asked, reason: "--threads decided")) }
    // Of equal limits the first named is the plainest reason.
    return limits.min { $0.count < $1.count } ?? ThreadCount(count: 1, reason: "nothing is known")
  }

  /// Where batch systems (Slurm, PBS, LSF, Grid Engine) and OpenMP say how many processors there are.
  private static let batchVariables = [
    "SLURM_CPUS_PER_TASK", "SLURM_CPUS_ON_NODE", "PBS_NP", "PBS_NUM_PPN", "LSB_DJOB_NUMPROC",
    "NSLOTS", "OMP_NUM_THREADS",
  ]

  /// What decided, where that was a batch system's variable: a banner on a cluster says it.
  var batchVariable: String? { Self.batchVariables.first { reason.hasPrefix($0) } }

  /// How many processors this process may run on.
  private static var affinity: Int {
    let status = FileManager.default.contents(atPath: "/proc/self/status") ?? Data()
    // `Cpus_allowed: ff,ffffffff`: the mask in hexadecimal, commas between words of it.
    let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first {
      $0.hasPrefix("Cpus_allowed:")
    }
    let count = (line ?? "").drop { $0 != ":" }.reduce(0) { sum, digit in
      sum + (digit.hexDigitValue?.nonzeroBitCount ?? 0)
    }
    return count > 0 ? count : ProcessInfo.processInfo.activeProcessorCount
  }

  /// The processors that control group 2 (or 1) allows, rounded up; `nil` where there is no limit.
  private static var controlGroupQuota: Int? {
    if let words = words(of: "/sys/fs/cgroup/cpu.max"), words.count == 2,
      let quota = Double(words[0]), let period = Double(words[1]), period > 0
    {
      return max(1, Int((quota / period).rounded(.up)))
    }
    if let quota = words(of: "/sys/fs/cgroup/cpu/cpu.cfs_quota_us")?.first.flatMap({ Double($0) }),
      let period = words(of: "/sys/fs/cgroup/cpu/cpu.cfs_period_us")?.first.flatMap({ Double($0) }),
      quota > 0, period > 0
    {
      return max(1, Int((quota / period).rounded(.up)))
    }
    return nil
  }

  private static func words(of path: String) -> [String]? {
    FileManager.default.contents(atPath: path).map {
      String(decoding: $0, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(String.init)
    }
  }
}
