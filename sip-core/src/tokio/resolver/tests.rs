//! A name server of a few lines on the loopback interface.
