/** The door of the DNS part to outside code. */
import * as buffer from 'node:buffer';
import * as crypto from 'node:crypto';
import * as dgram from 'node:dgram';
import * as http from 'node:http';
import * as http2 from 'node:http2';
import * as net from 'node:net';
import * as tls from 'node:tls';
import { LRUCache } from 'lru-cache';

export { buffer, crypto, dgram, http, http2, LRUCache, net, tls };
