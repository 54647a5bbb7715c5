/** The embedded host's one door to outside code. */
import * as crypto from 'node:crypto';
import * as net from 'node:net';
import * as stream from 'node:stream';
import * as tls from 'node:tls';
import { getExtensionData, readTlsClientHello } from 'read-tls-client-hello';

export { crypto, getExtensionData, net, readTlsClientHello, stream, tls };
