internal import CReadline
import Contract
import Foundation
import Kernel

/// Looks at the machine and the libraries: what `basin doctor` says.
struct Doctor {
  let threads: ThreadCount

  /// Everything there is to say; measures for about half a second.
  func examine() -> DoctorReport {
    DoctorReport([program, plugins, numbers, memory, data])
  }

  private var program: DoctorReport.Section {
    DoctorReport.Section(
      "Program",
      [
        .init("basin", Basin.version),
        .init("threads", "\(threads.count) (\(threads.reason))"),
        .init("readline", "\(RL_VERSION_MAJOR).\(RL_VERSION_MINOR)"), hdf5,
        .init("methods", Lexicon.standard.methods.map { $0.card.id }.joined(separator: " ")),
      ])
  }

  /// Whether plugins in Swift and in Python can be loaded here, and which folders bring some.
  private var plugins: DoctorReport.Section {
    var facts: [DoctorReport.Fact] = []
    do throws(Failure) {
      _ = try SwiftModules()
      facts.append(.init("swift", try SwiftCompiler().path))
    } catch {
      facts.append(.init("swift", error.message, .notable, advice: error.notes.first))
    }
    do throws(Failure) {
      facts.append(.init("python", try PythonInterpreter.path(for: "a Python plugin")))
    } catch {
      facts.append(.init("python", "none with numpy", .notable, advice: error.notes.first))
    }
    for folder in PluginFolders.all {
      facts.append(.init("folder", folder + (FileContent.isFolder(folder) ? "" : " (not there)")))
    }
    return DoctorReport.Section("Plugins", facts)
  }

  private var hdf5: DoctorReport.Fact {
    do throws(Failure) { return .init("HDF5", try HDF5Library.version) } catch {
      return .init("HDF5", error.message, .wrong, advice: "files ending in .h5 cannot be used")
    }
  }

  private var numbers: DoctorReport.Section {
    let level = NumericLevel.current
    let speed = gigaflops()
    var facts: [DoctorReport.Fact] = [
      .init("BLAS", NumericLevel.blasDescription),
      .init("convolutions", NumericLevel.convolutionDescription),
      .init("numeric level", level.description),
    ]
    // 40: a core with AVX2 reaches more even while others use it; the old kernels never do.
    let isSlow = speed < 40
    facts.append(
      .init(
        "products", "\(NumberText.real(speed, digits: 3)) GFLOP/s on one thread (1024³)",
        isSlow ? .notable : .fine,
        advice: isSlow
          ? "the machine is busy, or OpenBLAS runs old kernels: see OPENBLAS_CORETYPE" : nil))
    return DoctorReport.Section("Numbers", facts)
  }

  /// The best of three products of 1024 × 1024 matrices, in billions of operations a second.
  private func gigaflops() -> Double {
    let size = 1024
    let a = Tensor(shape: [size, size], values: (0..<size * size).map { Float($0 % 7) })
    var c = Tensor(shape: [size, size])
    let clock = ContinuousClock()
    var best = Duration.seconds(3600)
    for _ in 0..<3 {
      let time = clock.measure {
        a.withBuffer { left in
          c.withMutableBuffer { out in
            guard let left = left.baseAddress, let out = out.baseAddress else { return }
            Products.multiply(
              rows: size, columns: size, inner: size, left, strideA: size, left, strideB: size,
              into: out, strideC: size)
          }
        }
      }
      best = min(best, time)
    }
    return 2 * Double(size * size * size) / best.inSeconds / 1e9
  }

  private var memory: DoctorReport.Section {
    let total = Double(ProcessInfo.processInfo.physicalMemory)
    var facts = [DoctorReport.Fact("machine", NumberText.bytes(total))]
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
      Double(limit.rlim_cur) < total
    {
      facts.append(.init("limit", NumberText.bytes(Double(limit.rlim_cur)) + " (ulimit -v)"))
    }
    if let bytes = FileManager.default.contents(atPath: "/sys/fs/cgroup/memory.max"),
      let value = Double(String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace })
    {
      facts.append(.init("control group", NumberText.bytes(value)))
    }
    return DoctorReport.Section("Memory", facts)
  }

  private var data: DoctorReport.Section {
    var facts = KnownDataSet.searchedFolders().map { folder -> DoctorReport.Fact in
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder)
      return .init("folder", folder + (exists && isFolder.boolValue ? "" : " (not there)"))
    }
    for known in KnownDataSet.allCases where !known.isMade {
      if let folder = known.folder() {
        facts.append(.init(known.name, folder))
      } else {
        facts.append(
          .init(
            known.name, "not found", .notable,
            advice: "name the folder that holds it in BASIN_DATA"))
      }
    }
    return DoctorReport.Section("Data", facts)
  }
}
