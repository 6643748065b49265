/** The assembly of all parts, for applications that take them as they are. */
package io.doorward;
