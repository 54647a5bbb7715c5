/** The door of the DNS part to outside code. */
import * as buffer from 'node:buffer';
import * as crypto from 'node:crypto';
import * as dgram from 'node:dgram';
import * as net from 'node:net';
import { LRUCache } from 'lru-cache';

export { buffer, crypto, dgram, LRUCache, net };
