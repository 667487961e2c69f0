// Package types has the generic types of WIT that wit-bindgen's output is written with.
package types

type Unit struct{}

type Tuple2[A, B any] struct {
	F0 A
	F1 B
}

type Option[T any] struct {
	some  bool
	value T
}

func Some[T any](value T) Option[T] { return Option[T]{true, value} }

func None[T any]() Option[T] { return Option[T]{} }

// SomeOr is the value, or the fallback where there is none.
func (self Option[T]) SomeOr(fallback T) T {
	if self.some {
		return self.value
	}
	return fallback
}

const (
	ResultOk  uint8 = 0
	ResultErr uint8 = 1
)

type Result[T, E any] struct {
	tag   uint8
	ok    T
	error E
}

func Ok[T, E any](value T) Result[T, E] { return Result[T, E]{tag: ResultOk, ok: value} }

func Err[T, E any](value E) Result[T, E] { return Result[T, E]{tag: ResultErr, error: value} }

func (self Result[T, E]) Tag() uint8  { return self.tag }
func (self Result[T, E]) IsErr() bool { return self.tag == ResultErr }
func (self Result[T, E]) Ok() T       { return self.ok }
func (self Result[T, E]) Err() E      { return self.error }
