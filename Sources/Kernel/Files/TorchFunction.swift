// What PyTorch's files of weights may ask for. The list is closed; each call only writes down what
// was asked for.

/// A function or type that a file of weights may name.
enum TorchFunction: Hashable {
  case orderedDictionary
  /// `_rebuild_tensor` and `_rebuild_tensor_v2`: storage, offset, shape, strides, …
  case tensor
  /// `_rebuild_tensor_v3`: the same, and the type of elements behind the sixth argument.
  case typedTensor
  /// `_rebuild_parameter`: a tensor that is trained.
  case parameter
  /// `_rebuild_from_type_v2`: one of the above with its arguments.
  case rebuilding
  case size
  /// The type of a storage's elements; nil where tensors say it.
  case storage(ElementType?)
  case elementType(ElementType)
  /// What makes a value that no weights lie in.
  case harmless

  /// - Throws: `unsupportedFormat` for all that is not in the list, with its name.
  init(module: String, name: String, source: String) throws(Failure) {
    // What protocol 2 calls them, and what people do.
    let usual = ["__builtin__": "builtins", "posix": "os", "nt": "os"]
    let module = usual[module] ?? module
    guard let known = Self.known["\(module).\(name)"] else {
      throw Self.refusal(of: "\(module).\(name)", source: source)
    }
    self = known
  }

  private static func refusal(of name: String, source: String) -> Failure {
    let remedy =
      "weights alone are saved in Python by torch.save(model.state_dict(), \"weights.pt\")"
    if name.hasPrefix("torch.nn.modules.") {
      return Failure(
        .unsupportedFormat,
        "`\(source)` holds a whole model (`\(name)`) and not its weights alone: nothing was run",
        notes: [remedy])
    }
    let tensors = [
      "torch._utils._rebuild_", "torch.float", "torch.complex", "torch.bits", "torch.q",
    ]
    if name.hasPrefix("torch."),
      name.hasSuffix("Storage") || tensors.contains(where: name.hasPrefix)
    {
      return Failure(
        .unsupportedFormat, "`\(source)` holds tensors that need `\(name)`, which is not read",
        notes: [
          "read are dense tensors of reals of 16 bits or more, whole numbers and truth values"
        ])
    }
    return Failure(
      .unsupportedFormat,
      "`\(source)` asks for `\(name)`, which is no part of a network: nothing was run",
      notes: [remedy])
  }

  private static let known: [String: TorchFunction] = {
    var known: [String: TorchFunction] = [
      "collections.OrderedDict": .orderedDictionary,
      "torch._utils._rebuild_tensor": .tensor,
      "torch._utils._rebuild_tensor_v2": .tensor,
      "torch._utils._rebuild_tensor_v3": .typedTensor,
      "torch._utils._rebuild_parameter": .parameter,
      "torch._utils._rebuild_parameter_with_state": .parameter,
      "torch._tensor._rebuild_from_type_v2": .rebuilding,
      "torch.Size": .size,
      "torch.storage.UntypedStorage": .storage(nil),
    ]
    for type in ElementType.allCases {
      if let name = type.torchStorage { known["torch.\(name)"] = .storage(type) }
      known["torch.\(type.torchName)"] = .elementType(type)
    }
    for name in [
      "torch.Tensor", "torch.nn.parameter.Parameter", "torch.device",
      "torch.serialization._get_layout", "collections.Counter", "builtins.set",
      "builtins.frozenset", "builtins.complex", "builtins.bytearray", "_codecs.encode",
      "argparse.Namespace",
      "numpy.dtype", "numpy.ndarray", "numpy.core.multiarray.scalar",
      "numpy._core.multiarray.scalar", "numpy.core.multiarray._reconstruct",
      "numpy._core.multiarray._reconstruct",
    ] { known[name] = .harmless }
    return known
  }()
}

extension ElementType {
  /// PyTorch's class of storages of such elements; nil where it has none.
  var torchStorage: String? {
    switch self {
    case .bool: "BoolStorage"
    case .u8: "ByteStorage"
    case .i8: "CharStorage"
    case .i16: "ShortStorage"
    case .i32: "IntStorage"
    case .i64: "LongStorage"
    case .f16: "HalfStorage"
    case .bf16: "BFloat16Storage"
    case .f32: "FloatStorage"
    case .f64: "DoubleStorage"
    case .u16, .u32, .u64: nil
    }
  }

  /// PyTorch's name of the type: `float32`.
  var torchName: String {
    switch self {
    case .bool: "bool"
    case .u8, .u16, .u32, .u64: "uint\(size * 8)"
    case .i8, .i16, .i32, .i64: "int\(size * 8)"
    case .f16, .f32, .f64: "float\(size * 8)"
    case .bf16: "bfloat16"
    }
  }
}

extension PickleMachine {
  /// What a call makes.
  mutating func call(
    _ function: TorchFunction, _ arguments: [PickleValue]
  ) throws(Failure) -> PickleValue {
    switch function {
    case .orderedDictionary where arguments.isEmpty: return makeDictionary()
    case .tensor, .typedTensor: return makeTensor(try tensor(arguments, function))
    case .parameter:
      guard case .tensor? = arguments.first else { break }
      return arguments[0]
    case .rebuilding:
      guard arguments.count >= 3, case .function(let inner) = arguments[0],
        case .tuple(let place) = arguments[2], inner != .rebuilding
      else { break }
      return try call(inner, tuples[place])
    case .size:
      guard case .tuple? = arguments.first else { break }
      return arguments[0]
    case .harmless: return .other
    case .orderedDictionary, .storage, .elementType: break
    }
    throw malformed("it calls a function with arguments that do not fit")
  }

  private func tensor(
    _ arguments: [PickleValue], _ function: TorchFunction
  ) throws(Failure) -> TorchTensor {
    guard tensors.count < TorchTensor.countLimit else {
      throw malformed("it describes more than \(TorchTensor.countLimit) tensors")
    }
    guard arguments.count >= 4, case .storage(let place) = arguments[0],
      case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
      let strides = integers(arguments[3])
    else {
      throw malformed("a tensor lacks its storage, offset, shape or strides")
    }
    var type = storages[place].type
    var rest = arguments.dropFirst(6)
    if function == .typedTensor {
      guard case .function(.elementType(let stated))? = rest.popFirst() else {
        throw malformed("a tensor lacks its type")
      }
      type = stated
    }
    guard let type else { throw malformed("a tensor lacks its type") }
    // Marks that say that a view's numbers are to be negated or conjugated.
    if case .dictionary(let marks)? = rest.first, !dictionaries[marks].entries.isEmpty {
      throw Failure(
        .unsupportedFormat, "a tensor in the file is marked as negated or conjugated",
        notes: ["save a copy that is not: tensor.resolve_neg()"])
    }
    return TorchTensor(
      storage: storages[place], type: type, offset: offset, shape: shape, strides: strides)
  }

  /// The storage that a persistent name stands for: ("storage", type, key, location, count).
  mutating func storage(_ name: PickleValue) throws(Failure) -> PickleValue {
    guard case .tuple(let place) = name, tuples[place].count == 5,
      tuples[place][0] == .text("storage"),
      case .function(.storage(let type)) = tuples[place][1], case .text(let key) = tuples[place][2],
      case .integer(let count) = tuples[place][4], count >= 0
    else {
      throw malformed("it refers to what is no storage")
    }
    return makeStorage(TorchStorage(key: key, type: type, count: count))
  }

  private func integers(_ value: PickleValue) -> [Int]? {
    let values: [PickleValue]
    switch value {
    case .tuple(let place): values = tuples[place]
    case .list(let place): values = lists[place]
    default: return nil
    }
    guard values.count <= TorchTensor.axisLimit else { return nil }
    var numbers: [Int] = []
    for value in values {
      guard case .integer(let number) = value else { return nil }
      numbers.append(number)
    }
    return numbers
  }
}
