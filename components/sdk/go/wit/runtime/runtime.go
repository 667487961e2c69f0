// Package runtime is what wit-bindgen's output asks of go.bytecodealliance.org/pkg, for Go's own compiler.
//
// The host knows where things are, and Go's collector does not see that it does. So the collector runs only when it is
// asked to. Most components never ask: an instance serves one request and is dropped with its memory.
package runtime

import (
	"runtime"
	"runtime/debug"
	"unsafe"
)

var initialised = false

// What the host passed in since the last Collect.
var received []unsafe.Pointer

func init() {
	debug.SetGCPercent(-1)
	initialised = true
}

// Handle is a resource of the host, or 0 once it has been given away.
type Handle struct{ value int32 }

func MakeHandle(value int32) *Handle { return &Handle{value} }

func (self *Handle) Use() int32 {
	if self.value == 0 {
		panic("a handle was used after it had been given away")
	}
	return self.value
}

func (self *Handle) Take() int32 {
	value := self.Use()
	self.value = 0
	return value
}

func (self *Handle) TakeOrNil() int32 {
	value := self.value
	self.value = 0
	return value
}

func (self *Handle) Set(value int32) { self.value = value }

// Allocate gives memory for a list or a record on its way to the host, which stays where it is until it is unpinned.
func Allocate(pinner *runtime.Pinner, size, align uintptr) unsafe.Pointer {
	if size == 0 {
		return unsafe.Pointer(align)
	}
	memory := unsafe.Pointer(unsafe.SliceData(make([]uint64, (size+7)/8)))
	pinner.Pin(memory)
	return memory
}

// Unpin would let go of what the host passed in; Collect does.
func Unpin() {}

// Collect frees what nothing refers to any more: for a long loop, between two calls of the host.
func Collect() {
	received = nil
	runtime.GC()
}

//go:linkname sbrk runtime.sbrk
func sbrk(size uintptr) unsafe.Pointer

// The host's memory for a list or a string that it passes in. It asks for some before Go is ready, too.
//
//go:nosplit
//go:wasmexport cabi_realloc
func cabiRealloc(old unsafe.Pointer, oldSize, align, size uintptr) unsafe.Pointer {
	if initialised {
		memory := unsafe.Pointer(unsafe.SliceData(make([]uint64, (size+7)/8)))
		received = append(received, memory)
		return memory
	}
	return sbrk((size + 7) &^ 7)
}
