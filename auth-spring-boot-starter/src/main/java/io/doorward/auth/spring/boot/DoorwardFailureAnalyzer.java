package io.doorward.auth.spring.boot;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Shows a wrong setting as what it is and what to do, without a stack. */
final class DoorwardFailureAnalyzer
    extends AbstractFailureAnalyzer<DoorwardConfigurationException> {
  @Override
  protected FailureAnalysis analyze(Throwable failure, DoorwardConfigurationException cause) {
    return new FailureAnalysis(cause.what() + ".", cause.advice(), cause);
  }
}
