/// A value of a pickle, as far as files of weights need it.
///
/// What holds other values is named by its place in the machine's stores. So no value owns another:
/// what a file nests a million deep or puts into itself costs neither a stack nor a leak.
enum PickleValue: Hashable {
  case none
  case boolean(Bool)
  case integer(Int)
  case text(String)
  case tuple(Int)
  case list(Int)
  case dictionary(Int)
  case function(TorchFunction)
  case storage(Int)
  case tensor(Int)
  /// A real number, bytes, a set, a number of numpy's: something that no weights lie in.
  case other
}

/// A dictionary of a pickle; a name that stands twice has its last value.
struct PickleDictionary {
  /// In the order in which they were put in.
  var entries: [(key: PickleValue, value: PickleValue)] = []
  /// The attributes that Python gives the object, a dictionary; for PyTorch's `_metadata` and our texts.
  var attributes: PickleValue = .none
}

/// The opcodes that files of weights are made of: those of protocol 2 and the plain ones of 3 to 5.
enum PickleOpcode: UInt8 {
  case mark = 0x28
  case emptyTuple = 0x29
  case stop = 0x2E
  case pop = 0x30
  case popMark = 0x31
  case duplicate = 0x32
  case bytes = 0x42
  case shortBytes = 0x43
  case real = 0x47
  case integer32 = 0x4A
  case integer8 = 0x4B
  case integer16 = 0x4D
  case none = 0x4E
  case persistent = 0x51
  case reduce = 0x52
  case string = 0x54
  case shortString = 0x55
  case text = 0x58
  case append = 0x61
  case build = 0x62
  case global = 0x63
  case appendAll = 0x65
  case get = 0x68
  case instance = 0x69
  case longGet = 0x6A
  case put = 0x71
  case longPut = 0x72
  case setItem = 0x73
  case tuple = 0x74
  case setItems = 0x75
  case emptyList = 0x5D
  case emptyDictionary = 0x7D
  case version = 0x80
  case newObject = 0x81
  case tuple1 = 0x85
  case tuple2 = 0x86
  case tuple3 = 0x87
  case yes = 0x88
  case no = 0x89
  case long = 0x8A
  case longLong = 0x8B
  case shortText = 0x8C
  case longText = 0x8D
  case longBytes = 0x8E
  case emptySet = 0x8F
  case addItems = 0x90
  case frozenSet = 0x91
  case stackGlobal = 0x93
  case memoize = 0x94
  case frame = 0x95
}
