package io.doorward.auth.redis;

import io.doorward.auth.base.StoreException;
import io.doorward.auth.event.AuthEvent.Part;
import io.doorward.auth.event.AuthListener;
import io.doorward.auth.event.ServiceEvent;

/**
 * The events of one store, about what it answered without: a store reports a failure where it does
 * not throw it. Thread-safe.
 */
final class StoreReports {
  private final Part store;
  private final AuthListener listener;

  StoreReports(Part store, AuthListener listener) {
    this.store = store;
    this.listener = listener;
  }

  /** Reports a sealed value that is not the one that should lie under its key. */
  void rejected(String what) {
    listener.on(new ServiceEvent.SealedValueRejected(what));
  }

  /** Reports a failure of this store that is answered without it. */
  void failed(StoreException e) {
    failed(store, e);
  }

  /** Reports a failure of another part that is answered without it. */
  void failed(Part other, StoreException e) {
    listener.on(new ServiceEvent.BackendFailed(other, e.kind()));
  }

  /** Reports that something is not used, because a newer version of this library wrote it. */
  void newer() {
    listener.on(new ServiceEvent.BackendFailed(store, StoreException.Kind.NEWER_FORMAT));
  }

  /** Reports that a server could not keep something for want of memory. */
  void outOfMemory() {
    listener.on(new ServiceEvent.BackendFailed(store, StoreException.Kind.REFUSED));
  }
}
