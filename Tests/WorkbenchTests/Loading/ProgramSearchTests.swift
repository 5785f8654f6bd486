import Contract
import Foundation
import Kernel
import Synchronization
import TestSupport
import Testing

@testable import Workbench

@Suite(.enabled(if: ProgramTest.hasPython, "there is no python3 with numpy"))
struct ProgramSearchTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  @Test func pythonIsGivenWhatSwiftHas() throws {
    let method = try ProgramTest.method(
      """
      sums = {}
      for number, network in enumerate(task.networks):
          for name, array in network.weights.items():
              sums[f"{number} {name}"] = float(array.astype(float).ravel()[::-1].sum())
      sums["inputs"] = float(task.data.inputs.astype(float).sum())
      sums["labels"] = int(task.data.labels.sum())
      sums["classes"] = task.data.classes
      sums["seed"] = task.seed
      sums["depth"] = task.settings["depth"]
      return task.result([task.identity] * 2, figures=sums)
      """, card: #"parameters=[parameter("depth", "real", "how deep", default=2.5)]"#, in: folder)
    let data = smallProblem(samples: 40, features: 6, classes: 3)
    let networks = ProgramTest.networks()
    let searcher = try method.make(Settings(defaultsOf: method.card))
    let outcome = try searcher.search(ProgramTest.task(networks, data: data))
    for (number, network) in networks.enumerated() {
      for (declared, tensor) in zip(network.graph.parameters, network.parameters) {
        let sum = tensor.values.reversed().reduce(0) { $0 + Double($1) }
        let told = try #require(outcome.figure("\(number) \(declared.name)"))
        #expect(abs(told - sum) < 1e-12)
      }
    }
    let inputs = data.inputs.values.reduce(0) { $0 + Double($1) }
    #expect(abs((outcome.figure("inputs") ?? 0) - inputs) < 1e-9)
    #expect(outcome.figure("labels") == Double(data.labels.reduce(0) { $0 + Int($1) }))
    #expect(outcome.figure("classes") == 3)
    #expect(outcome.figure("depth") == 2.5)
    var random = RandomStream(seed: 5, name: "program")
    #expect(outcome.figure("seed") == Double(random.next() >> 11))
  }

  @Test(arguments: [[7], [7, 5], []])
  func pythonPermutesAsSwift(hidden: [Int]) throws {
    let method = try ProgramTest.method(
      """
      order = [task.rng.permutation(group.count) for group in task.groups]
      moved = task.permuted(task.networks[1], order)
      return task.result(networks=[task.networks[0], moved], figures={
          f"{g} {i}": unit for g, units in enumerate(order) for i, unit in enumerate(units)})
      """, in: folder)
    // Two axes before the flatten, so that a unit of the input has a block of three.
    let networks = ProgramTest.networks(hidden: hidden, inputs: [2, 3])
    let outcome = try method.make(Settings([:])).search(ProgramTest.task(networks))
    let groups = networks[0].graph.axisGroups.enumerated().map { number, group in
      (0..<group.count).map { Int(outcome.figure("\(number) \($0)") ?? -1) }
    }
    let permutation = NetworkPermutation(groups: try groups.map { try #require(Permutation($0)) })
    let learned = try #require(outcome.learnedNetworks)
    #expect(learned[0].parameters == networks[0].parameters)
    #expect(learned[1].parameters == networks[1].permuted(by: permutation).parameters)
  }

  @Test func theAverageIsScoredByBasin() throws {
    let method = try ProgramTest.method(
      """
      order = [task.identity, [np.roll(units, 1) for units in task.identity]]
      loss, error = task.average_score(order)
      height = task.barrier(order)[0]
      try:
          task.average_score([task.identity])
      except ValueError as problem:
          task.note(str(problem))
      return task.result(order, cost=loss, figures={"error": error, "barrier": height})
      """, in: folder)
    let networks = ProgramTest.networks()
    let data = smallProblem(samples: 60, features: 6, classes: 3)
    let outcome = try method.make(Settings([:])).search(ProgramTest.task(networks, data: data))
    let permutations = try #require(outcome.permutations)
    #expect(permutations[1].groups[0].sources == [6, 0, 1, 2, 3, 4, 5])
    let score = try Network.average(of: networks, permutedBy: permutations).score(on: data)
    #expect(outcome.cost == score.loss)
    #expect(outcome.figure("error") == score.error)
    let curve = try Curve.measure(
      from: networks[0], to: networks[1].permuted(by: permutations[1]), on: data,
      alphas: Curve.grid(points: 25))
    #expect(outcome.figure("barrier") == Barrier(curve: curve).loss.height)
    #expect(outcome.notes == ["what was asked for has 1 permutations for 2 networks"])
  }

  @Test func aSearchGoesOnFromItsCheckpoint() throws {
    let method = try ProgramTest.method(
      """
      state = task.state or {"step": 0, "sum": np.zeros(2), "rng": task.rng.bit_generator.state}
      task.rng.bit_generator.state = state["rng"]
      while state["step"] < 40 and not task.stopped:
          state["step"] += 1
          state["sum"] += task.rng.random(2)
          state["rng"] = task.rng.bit_generator.state
          task.point(state["step"], state["sum"][0])
          task.checkpoint(state, share=state["step"] / 40)
          task.progress(state["step"] / 40)
          time.sleep(0.01)
      return task.result([task.identity] * 2, cost=state["sum"][1], steps=state["step"],
          finished=state["step"] == 40, checkpoint=state, trace=[])
      """, card: #"version="3", can_resume=True, cost_name="sum""#, in: folder)
    let searcher = try method.make(Settings([:]))
    let whole = try searcher.search(ProgramTest.task())
    #expect(whole.status == .finished("done"))
    let stop = StopSignal()
    var task = ProgramTest.task(stop: stop, progress: ProgressSink { _ in stop.raise() })
    let part = try searcher.search(task)
    #expect(part.status.isPartial)
    let checkpoint = try #require(part.checkpoint)
    #expect(checkpoint.method == "trial 3")
    task = ProgramTest.task()
    task.checkpoint = checkpoint
    let rest = try searcher.search(task)
    #expect(rest.cost == whole.cost && rest.steps == 40 && part.steps < 40)
    task.checkpoint = SearchCheckpoint(method: "trial 2", share: 0, bytes: checkpoint.bytes)
    #expect(ProgramTest.failure { _ = try searcher.search(task) }?.code == .incompatible)
  }

  @Test func progressIsPassedOn() throws {
    let method = try ProgramTest.method(
      """
      print("this is for people")
      os.system("echo so is this")
      task.progress(0.5, advice="this takes long", loss="0.25", step=3)
      return [task.identity] * 2
      """, in: folder)
    let heard = Mutex<[ProgressReport]>([])
    let sink = ProgressSink { report in heard.withLock { $0.append(report) } }
    let outcome = try method.make(Settings([:])).search(ProgramTest.task(progress: sink))
    #expect(outcome.permutations?.allSatisfy(\.isIdentity) == true)
    let reports = heard.withLock { $0 }
    #expect(
      reports.first
        == ProgressReport(
          share: 0.5, facts: [.init("loss", "0.25"), .init("step", "3")],
          advice: "this takes long"))
    // What it printed is told after it, as far as it has come by then.
    let printed = ["trial.py wrote: this is for people", "trial.py wrote: so is this"]
    #expect(printed.starts(with: reports.dropFirst().compactMap(\.advice)))
  }

  @Test func searchesRunSideBySideAndProcessesAreKept() throws {
    let method = try ProgramTest.method(
      "time.sleep(0.05)\nreturn task.result([task.identity] * 2, figures={'pid': os.getpid()})",
      in: folder)
    let searcher = try method.make(Settings([:]))
    let pids = Mutex<[Double]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { _ in
      for _ in 0..<3 {
        let outcome = try? searcher.search(ProgramTest.task())
        if let pid = outcome?.figure("pid") { pids.withLock { $0.append(pid) } }
      }
    }
    let all = pids.withLock { $0 }
    #expect(all.count == 12)
    #expect(Set(all).count <= 6)
  }
}
